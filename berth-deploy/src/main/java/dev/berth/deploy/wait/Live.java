package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.OptionalLong;

/** An object as rules ask about it: a field of another shape than Kubernetes writes counts as absent. */
record Live(JsonNode json) {
    /** An entry of {@code status.conditions}. */
    record Condition(String status, String reason, String message, OptionalLong observedGeneration) {
        boolean isTrue() {
            return status.equals("True");
        }

        boolean isFalse() {
            return status.equals("False");
        }

        /** Reason and message, as far as there are any. */
        String words() {
            return PlainText.join(reason, message);
        }
    }

    /** The group and the kind: {@code apps/Deployment}, {@code Pod}. */
    String groupKind() {
        String apiVersion = text(json, "apiVersion");
        int slash = apiVersion.indexOf('/');
        String kind = text(json, "kind");
        return slash < 0 ? kind : apiVersion.substring(0, slash + 1) + kind;
    }

    JsonNode spec() {
        return json.path("spec");
    }

    JsonNode status() {
        return json.path("status");
    }

    /** Of an annotation of ours, {@code berth.dev/NAME}, or of kluctl's, {@code kluctl.io/NAME}. */
    String annotation(String name) {
        JsonNode annotations = json.path("metadata").path("annotations");
        String ours = text(annotations, "berth.dev/" + name);
        return (ours.isEmpty() ? text(annotations, "kluctl.io/" + name) : ours).strip();
    }

    boolean isBeingDeleted() {
        return !text(json.path("metadata"), "deletionTimestamp").isEmpty();
    }

    /** The generation of its {@code spec}; 0 for kinds that do not count them. */
    long generation() {
        return count(json.path("metadata"), "generation", 0);
    }

    /** The generation that {@code status} is about, where the kind tells it. */
    OptionalLong observedGeneration() {
        return optionalCount(status(), "observedGeneration");
    }

    Optional<Condition> condition(String type) {
        for (JsonNode condition : status().path("conditions")) {
            if (text(condition, "type").equals(type)) {
                return Optional.of(new Condition(
                        text(condition, "status"),
                        text(condition, "reason"),
                        text(condition, "message"),
                        optionalCount(condition, "observedGeneration")));
            }
        }
        return Optional.empty();
    }

    /** A number of {@code status}; 0 where it is absent, as Kubernetes leaves zeros out. */
    long count(String field) {
        return count(status(), field, 0);
    }

    /** {@code spec.replicas}; 1 where it is absent, as for the API server. */
    long replicas() {
        return count(spec(), "replicas", 1);
    }

    static String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isTextual() ? value.textValue() : "";
    }

    static long count(JsonNode node, String field, long otherwise) {
        return optionalCount(node, field).orElse(otherwise);
    }

    private static OptionalLong optionalCount(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isIntegralNumber() && value.canConvertToLong()
                ? OptionalLong.of(value.longValue())
                : OptionalLong.empty();
    }
}
