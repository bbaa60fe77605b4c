package dev.berth.deploy.apply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.BitSet;
import java.util.Map;
import java.util.Set;

/**
 * Compares a set of applied fields with an object and with what is live, all three at once: the set's own shape tells what
 * is a map, a list with keys, a set, or one value (kubernetes-sigs/structured-merge-diff, fieldpath/serialize.go and
 * serialize-pe.go), so that no schema is needed. Whatever it does not understand is a difference.
 */
final class AppliedFields {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What identifies an object; it is in no set. */
    private static final Set<String> IDENTITY = Set.of("apiVersion", "kind");

    private static final Set<String> METADATA_IDENTITY = Set.of("name", "namespace");

    private AppliedFields() {}

    /** Whether the set has exactly the object's fields, each of which is live with the same value. */
    static boolean same(JsonNode set, JsonNode desired, JsonNode live) {
        return object(set, desired, live, IDENTITY, true);
    }

    private static boolean value(JsonNode set, JsonNode desired, JsonNode live) {
        if (!set.isObject()) {
            return false;
        }
        if (isLeaf(set)) {
            return Values.same(desired, live);
        }
        if (desired.isObject() && !desired.isEmpty()) {
            return object(set, desired, live, Set.of(), false);
        }
        return desired.isArray() && list(set, desired, live);
    }

    /** A field that is owned as a whole, such as a number, or a list that nobody merges. */
    private static boolean isLeaf(JsonNode set) {
        return set.isEmpty() || (set.size() == 1 && set.has("."));
    }

    private static boolean object(JsonNode set, JsonNode desired, JsonNode live, Set<String> left, boolean root) {
        if (!live.isObject()) {
            return false;
        }
        int expected = set.size() - (set.has(".") ? 1 : 0);
        for (Map.Entry<String, JsonNode> field : desired.properties()) {
            if (left.contains(field.getKey())) {
                continue;
            }
            JsonNode below = set.path("f:" + field.getKey());
            if (root && field.getKey().equals("metadata")) {
                JsonNode metadata = field.getValue();
                if (below.isMissingNode() ? hasFields(metadata) : !metadata(below, metadata, live.path("metadata"))) {
                    return false;
                }
                expected -= below.isMissingNode() ? 0 : 1;
            } else {
                if (!value(below, field.getValue(), live.path(field.getKey()))) {
                    return false;
                }
                expected--;
            }
        }
        return expected == 0;
    }

    private static boolean metadata(JsonNode set, JsonNode desired, JsonNode live) {
        return set.isObject() && object(set, desired, live, METADATA_IDENTITY, false);
    }

    private static boolean hasFields(JsonNode metadata) {
        return metadata.properties().stream().anyMatch(field -> !METADATA_IDENTITY.contains(field.getKey()));
    }

    /** A list whose elements have keys ({@code k:}) or are values ({@code v:}); one by places is never merged. */
    private static boolean list(JsonNode set, JsonNode desired, JsonNode live) {
        if (!live.isArray() || desired.size() != set.size() - (set.has(".") ? 1 : 0)) {
            return false;
        }
        int[] places = new int[desired.size()];
        BitSet taken = new BitSet();
        for (Map.Entry<String, JsonNode> owned : set.properties()) {
            if (owned.getKey().equals(".")) {
                continue;
            }
            JsonNode key = key(owned.getKey());
            boolean byValue = owned.getKey().startsWith("v:");
            int wanted = find(desired, key, byValue, true);
            int there = find(live, key, byValue, false);
            if (wanted < 0 || there < 0 || taken.get(wanted)) {
                return false;
            }
            taken.set(wanted);
            places[wanted] = there;
            if (!byValue && !element(owned.getValue(), desired.get(wanted), live.get(there))) {
                return false;
            }
        }
        for (int i = 1; i < places.length; i++) {
            if (places[i] < places[i - 1]) {
                return false; // the order is applied, too
            }
        }
        return true;
    }

    /** The key's own fields are in the set only as far as the object gives them, which may leave a default to the server. */
    private static boolean element(JsonNode set, JsonNode desired, JsonNode live) {
        return desired.isObject() && object(set, desired, live, Set.of(), false);
    }

    private static JsonNode key(String name) {
        try {
            return name.startsWith("k:") || name.startsWith("v:")
                    ? JSON.readTree(name.substring(2))
                    : JSON.missingNode();
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }

    /** The only element that fits, or -1. */
    private static int find(JsonNode list, JsonNode key, boolean byValue, boolean defaults) {
        if (key.isMissingNode()) {
            return -1;
        }
        int found = -1;
        for (int i = 0; i < list.size(); i++) {
            JsonNode element = list.get(i);
            if (byValue ? Values.same(element, key) : hasKey(element, key, defaults)) {
                if (found >= 0) {
                    return -1;
                }
                found = i;
            }
        }
        return found;
    }

    private static boolean hasKey(JsonNode element, JsonNode key, boolean defaults) {
        return key.properties().stream().allMatch(field -> {
            JsonNode value = element.path(field.getKey());
            return value.isMissingNode() ? defaults : Values.same(value, field.getValue());
        });
    }
}
