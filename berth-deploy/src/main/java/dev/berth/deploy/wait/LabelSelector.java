package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The pods that a workload means: {@code spec.selector}, with labels alone in a ReplicationController. */
record LabelSelector(List<Requirement> requirements) {
    private enum Operator {
        IN,
        NOTIN,
        EXISTS,
        DOESNOTEXIST
    }

    /** What a label has to be. */
    private record Requirement(String label, Operator operator, List<String> values) {
        boolean holds(JsonNode labels) {
            JsonNode value = labels.path(label);
            return switch (operator) {
                case IN -> values.contains(value.asText()) && value.isTextual();
                case NOTIN -> !values.contains(value.asText()) || !value.isTextual();
                case EXISTS -> value.isTextual();
                case DOESNOTEXIST -> !value.isTextual();
            };
        }

        @Override
        public String toString() {
            return switch (operator) {
                case IN -> label + " in (" + String.join(",", values) + ")";
                case NOTIN -> label + " notin (" + String.join(",", values) + ")";
                case EXISTS -> label;
                case DOESNOTEXIST -> "!" + label;
            };
        }
    }

    /** Of a workload; one that means nothing selects nothing. */
    static LabelSelector of(Live workload) {
        JsonNode selector = workload.spec().path("selector");
        List<Requirement> requirements = new ArrayList<>();
        JsonNode labels =
                workload.groupKind().equals("ReplicationController") ? selector : selector.path("matchLabels");
        labels.properties()
                .forEach(label -> requirements.add(new Requirement(
                        label.getKey(), Operator.IN, List.of(label.getValue().asText()))));
        for (JsonNode expression : selector.path("matchExpressions")) {
            List<String> values = new ArrayList<>();
            expression.path("values").forEach(value -> values.add(value.asText()));
            String word = Live.text(expression, "operator").toUpperCase(Locale.ROOT);
            for (Operator operator : Operator.values()) {
                if (operator.name().equals(word)) {
                    requirements.add(new Requirement(Live.text(expression, "key"), operator, List.copyOf(values)));
                }
            }
        }
        return new LabelSelector(List.copyOf(requirements));
    }

    boolean selects(JsonNode pod) {
        JsonNode labels = pod.path("metadata").path("labels");
        return !requirements.isEmpty() && requirements.stream().allMatch(requirement -> requirement.holds(labels));
    }

    boolean isEmpty() {
        return requirements.isEmpty();
    }

    /** As a list request has it. */
    @Override
    public String toString() {
        return String.join(",", requirements.stream().map(Requirement::toString).toList());
    }
}
