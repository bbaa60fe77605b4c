package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Keeps the values of Secrets from being shown. */
final class Masking {
    private static final String STARS = "***";

    private Masking() {}

    /** A change as it may be shown: that a value is another one, but neither. */
    static FieldChange shown(FieldChange change) {
        return change.secret()
                ? new FieldChange(
                        change.path(), stars(change.before(), " (before)"), stars(change.after(), " (after)"), true)
                : change;
    }

    private static JsonNode stars(JsonNode value, String which) {
        return value.isMissingNode() ? value : JsonNodeFactory.instance.textNode(STARS + which);
    }

    /** An object as it may be shown. */
    static ObjectNode shown(ObjectNode object) {
        ObjectNode shown = object.deepCopy();
        if (shown.path("kind").asText().equals("Secret")) {
            for (String field : List.of("data", "stringData")) {
                if (shown.path(field) instanceof ObjectNode values) {
                    List<String> names = new java.util.ArrayList<>();
                    values.fieldNames().forEachRemaining(names::add);
                    names.forEach(name -> values.put(name, STARS));
                }
            }
        }
        return shown;
    }
}
