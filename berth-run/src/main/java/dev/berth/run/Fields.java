package dev.berth.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * A JSON object read field by field. What is absent or null is absent; what has the wrong type is an error that names
 * the field.
 *
 * @param json the object, or a missing node, which has no fields
 * @param where what to call it: {@code Pod/hello: spec.containers[0]}
 */
record Fields(JsonNode json, String where) {
    /** @throws RunException if it is there but is no object */
    Fields {
        if (!json.isMissingNode() && !json.isNull() && !json.isObject()) {
            throw RunException.failed(where + " is not an object");
        }
    }

    boolean has(String field) {
        return json.hasNonNull(field);
    }

    String at(String field) {
        return where.endsWith(": ") ? where + field : where + "." + field;
    }

    Fields object(String field) {
        return new Fields(json.path(field), at(field));
    }

    Optional<String> text(String field) {
        return value(field).map(node -> asText(node, at(field)));
    }

    /** @throws RunException also if it is absent or empty */
    String required(String field) {
        return text(field)
                .filter(text -> !text.isEmpty())
                .orElseThrow(() -> RunException.failed(where + " has no " + field));
    }

    boolean flag(String field) {
        return value(field)
                .map(node -> {
                    if (!node.isBoolean()) {
                        throw RunException.failed(at(field) + " is neither true nor false");
                    }
                    return node.booleanValue();
                })
                .orElse(false);
    }

    /** @throws RunException also if it is outside the range */
    Optional<Integer> number(String field, int least, int most) {
        return value(field).map(node -> {
            if (!node.isIntegralNumber()
                    || !node.canConvertToInt()
                    || node.intValue() < least
                    || node.intValue() > most) {
                throw RunException.failed(at(field) + " is not a number from " + least + " to " + most);
            }
            return node.intValue();
        });
    }

    List<String> texts(String field) {
        List<String> texts = new ArrayList<>();
        each(field, (node, at) -> texts.add(asText(node, at)));
        return texts;
    }

    List<Fields> objects(String field) {
        List<Fields> objects = new ArrayList<>();
        each(field, (node, at) -> objects.add(new Fields(node, at)));
        return objects;
    }

    /** The texts of an object's fields, in their order. */
    Map<String, String> textMap(String field) {
        Map<String, String> map = new LinkedHashMap<>();
        Fields inner = object(field);
        inner.json
                .properties()
                .forEach(entry -> map.put(entry.getKey(), asText(entry.getValue(), inner.at(entry.getKey()))));
        return map;
    }

    /** The names of the fields that are none of the given ones. */
    List<String> others(Set<String> known) {
        return json.properties().stream()
                .filter(entry ->
                        !known.contains(entry.getKey()) && !entry.getValue().isNull())
                .map(Map.Entry::getKey)
                .toList();
    }

    private Optional<JsonNode> value(String field) {
        return has(field) ? Optional.of(json.path(field)) : Optional.empty();
    }

    private void each(String field, BiConsumer<JsonNode, String> action) {
        JsonNode list = json.path(field);
        if (list.isMissingNode() || list.isNull()) {
            return;
        }
        if (!list.isArray()) {
            throw RunException.failed(at(field) + " is not a list");
        }
        for (int i = 0; i < list.size(); i++) {
            action.accept(list.get(i), at(field) + "[" + i + "]");
        }
    }

    private static String asText(JsonNode node, String at) {
        if (!node.isTextual()) {
            throw RunException.failed(at + " is not a text" + (node.isValueNode() ? ": put it in quotes" : ""));
        }
        if (node.textValue().indexOf('\0') >= 0) {
            throw RunException.failed(at + " contains a NUL character");
        }
        return node.textValue();
    }
}
