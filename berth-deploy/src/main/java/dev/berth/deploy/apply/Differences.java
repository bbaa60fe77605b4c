package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What is different between two states of an object, without what the server writes by itself. */
final class Differences {
    /** Of the whole object: the server's own. */
    private static final Set<String> NOISE = Set.of("status");

    private static final Set<String> METADATA_NOISE =
            Set.of("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid");

    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

    /** What an element of a list may be called by. */
    private static final List<String> NAMES =
            List.of("name", "key", "containerPort", "port", "mountPath", "type", "ip");

    private final ObjectRules.DiffRules rules;
    private final boolean secret;
    private final List<FieldChange> changes = new ArrayList<>();

    private Differences(ObjectRules.DiffRules rules, boolean secret) {
        this.rules = rules;
        this.secret = secret;
    }

    /** The changes from one state to the other, in the order of their paths. A missing state has no fields. */
    static List<FieldChange> between(JsonNode before, JsonNode after, ObjectRules.DiffRules rules) {
        boolean secret =
                "Secret".equals(before.path("kind").asText(after.path("kind").asText()))
                        && "v1"
                                .equals(before.path("apiVersion")
                                        .asText(after.path("apiVersion").asText()));
        Differences differences = new Differences(rules, secret);
        differences.fields(FieldPath.ROOT, before, after);
        return differences.changes;
    }

    private void compare(FieldPath path, JsonNode before, JsonNode after) {
        if (Values.same(before, after)) {
            return;
        }
        if (before.isObject() && after.isObject()) {
            fields(path, before, after);
            return;
        }
        if (before.isArray() && after.isArray() && elements(path, before, after)) {
            return;
        }
        if (!rules.hides(path)) {
            changes.add(new FieldChange(path, before, after, isSecret(path)));
        }
    }

    private void fields(FieldPath path, JsonNode before, JsonNode after) {
        Set<String> names = new TreeSet<>();
        before.fieldNames().forEachRemaining(names::add);
        after.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            FieldPath field = path.field(name);
            if (!isNoise(field)) {
                JsonNode old = before.path(name);
                JsonNode next = after.path(name);
                // Below a map that comes or goes as a whole, the annotations among its fields may be noise or secret.
                boolean open = field.steps().size() <= 2 && (old.isObject() || next.isObject());
                if (open && (old.isMissingNode() || next.isMissingNode())) {
                    fields(field, old, next);
                } else {
                    compare(field, old, next);
                }
            }
        }
    }

    /** Compares lists whose elements have names; false if these don't. */
    private boolean elements(FieldPath path, JsonNode before, JsonNode after) {
        Optional<String> key = NAMES.stream()
                .filter(name -> keyed(before, name) && keyed(after, name))
                .findFirst();
        if (key.isEmpty()) {
            return sameLength(path, before, after);
        }
        Map<String, Integer> old = places(before, key.get());
        Map<String, Integer> next = places(after, key.get());
        int known = changes.size();
        old.forEach((label, place) -> {
            JsonNode now = next.containsKey(label) ? after.get(next.get(label)) : MissingNode.getInstance();
            compare(path.element(place, label), before.get(place), now);
        });
        next.forEach((label, place) -> {
            if (!old.containsKey(label)) {
                compare(path.element(place, label), MissingNode.getInstance(), after.get(place));
            }
        });
        boolean moved = !List.copyOf(old.keySet()).equals(List.copyOf(next.keySet()));
        if (moved && changes.size() == known && !rules.hides(path)) {
            changes.add(new FieldChange(path, before, after, isSecret(path)));
        }
        return true;
    }

    /** Lists of objects of one length are compared place by place. */
    private boolean sameLength(FieldPath path, JsonNode before, JsonNode after) {
        if (before.size() != after.size() || before.isEmpty() || !before.get(0).isContainerNode()) {
            return false;
        }
        for (int i = 0; i < before.size(); i++) {
            compare(path.element(i, String.valueOf(i)), before.get(i), after.get(i));
        }
        return true;
    }

    private static boolean keyed(JsonNode list, String name) {
        Set<String> seen = new TreeSet<>();
        for (JsonNode element : list) {
            if (!element.path(name).isValueNode()
                    || !seen.add(element.path(name).asText())) {
                return false;
            }
        }
        return true;
    }

    private static Map<String, Integer> places(JsonNode list, String name) {
        Map<String, Integer> places = new LinkedHashMap<>();
        for (int i = 0; i < list.size(); i++) {
            places.put(list.get(i).path(name).asText(), i);
        }
        return places;
    }

    private static boolean isNoise(FieldPath path) {
        List<FieldPath.Step> steps = path.steps();
        return switch (steps.size()) {
            case 1 -> NOISE.contains(name(steps.get(0)));
            case 2 -> name(steps.get(0)).equals("metadata") && METADATA_NOISE.contains(name(steps.get(1)));
            case 3 ->
                name(steps.get(0)).equals("metadata")
                        && name(steps.get(1)).equals("annotations")
                        && name(steps.get(2)).equals(LAST_APPLIED);
            default -> false;
        };
    }

    private boolean isSecret(FieldPath path) {
        String first = path.steps().isEmpty() ? "" : name(path.steps().getFirst());
        return secret && (first.equals("data") || first.equals("stringData"));
    }

    private static String name(FieldPath.Step step) {
        return step instanceof FieldPath.Field(String name) ? name : "";
    }
}
