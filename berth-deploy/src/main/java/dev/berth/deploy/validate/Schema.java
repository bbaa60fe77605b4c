package dev.berth.deploy.validate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.function.BiConsumer;

/**
 * Checks a value against a schema as Kubernetes publishes them (OpenAPI v2, and the structural schemas of custom resources):
 * fields that there are none of, and values of another type. What else a schema demands, such as ranges and patterns, is the API
 * server's own work; fields that it does not know it drops without a word, up to Kubernetes 1.24.
 */
final class Schema {
    private static final String REFERENCE = "#/definitions/";
    private static final int DEEPEST = 200;

    private final JsonNode definitions;
    private final BiConsumer<String, String> found;

    /**
     * @param definitions what references lead to
     * @param found is told each path and what is wrong there
     */
    Schema(JsonNode definitions, BiConsumer<String, String> found) {
        this.definitions = definitions;
        this.found = found;
    }

    /** Checks the fields of an object; those that every object has are known also where the schema leaves them out. */
    void checkObject(JsonNode object, JsonNode schema) {
        JsonNode resolved = resolve(schema);
        object.properties().forEach(field -> {
            JsonNode known = resolved.path("properties").path(field.getKey());
            switch (field.getKey()) {
                case "apiVersion", "kind" -> {}
                case "metadata" ->
                    check(
                            "metadata",
                            field.getValue(),
                            definitions.path("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"),
                            0);
                default -> {
                    if (known.isMissingNode() && isClosed(resolved)) {
                        found.accept(field.getKey(), "no such field" + hint(field.getKey(), resolved));
                    } else {
                        check(field.getKey(), field.getValue(), known, 0);
                    }
                }
            }
        });
    }

    private void check(String path, JsonNode value, JsonNode given, int depth) {
        JsonNode schema = resolve(given);
        if (schema.isMissingNode() || value.isNull() || depth > DEEPEST) {
            return; // no schema, or nothing to check: null is as good as absent
        }
        if (!fits(value, schema, given)) {
            found.accept(path, "is " + nameOf(value) + ", and has to be " + nameOf(schema));
            return;
        }
        if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                check(path + "[" + i + "]", value.get(i), schema.path("items"), depth + 1);
            }
        }
        if (value.isObject()) {
            boolean embedded = schema.path("x-kubernetes-embedded-resource").asBoolean();
            value.properties().forEach(field -> {
                String name = field.getKey();
                JsonNode known = schema.path("properties").path(name);
                if (known.isMissingNode() && schema.path("additionalProperties").isObject()) {
                    check(path + "." + name, field.getValue(), schema.path("additionalProperties"), depth + 1);
                } else if (!known.isMissingNode()) {
                    check(path + "." + name, field.getValue(), known, depth + 1);
                } else if (isClosed(schema)
                        && !(embedded
                                && (name.equals("apiVersion") || name.equals("kind") || name.equals("metadata")))) {
                    found.accept(path + "." + name, "no such field" + hint(name, schema));
                }
            });
        }
    }

    private JsonNode resolve(JsonNode schema) {
        JsonNode at = schema;
        for (int i = 0; i < 20 && at.has("$ref"); i++) {
            String reference = at.path("$ref").asText();
            at = reference.startsWith(REFERENCE)
                    ? definitions.path(reference.substring(REFERENCE.length()))
                    : MissingNode.getInstance();
        }
        return at;
    }

    /** Whether an object may only have the fields that are named. */
    private static boolean isClosed(JsonNode schema) {
        return schema.path("properties").isObject()
                && !schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()
                && !schema.has("additionalProperties");
    }

    private static boolean fits(JsonNode value, JsonNode schema, JsonNode given) {
        boolean intOrString = schema.path("x-kubernetes-int-or-string").asBoolean()
                || schema.path("format").asText().equals("int-or-string");
        if (intOrString) {
            return value.isTextual() || value.isIntegralNumber();
        }
        return switch (schema.path("type").asText()) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "boolean" -> value.isBoolean();
            case "integer" ->
                value.isIntegralNumber()
                        || (value.isNumber()
                                && value.decimalValue().stripTrailingZeros().scale() <= 0);
            case "number" -> value.isNumber();
            // A quantity may be written as a number.
            case "string" ->
                value.isTextual()
                        || (value.isNumber() && given.path("$ref").asText().endsWith(".api.resource.Quantity"));
            default -> true;
        };
    }

    private static String nameOf(JsonNode value) {
        if (value.has("type") || value.has("x-kubernetes-int-or-string")) {
            return switch (value.path("type").asText()) {
                case "object" -> "an object";
                case "array" -> "a list";
                case "boolean" -> "a boolean";
                case "integer" -> "a whole number";
                case "number" -> "a number";
                case "string" ->
                    value.path("format").asText().equals("int-or-string") ? "a number or a text" : "a text";
                default -> "a number or a text";
            };
        }
        return switch (value.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "a list";
            case BOOLEAN -> "a boolean";
            case NUMBER -> "a number";
            default -> "a text";
        };
    }

    /** The field that was probably meant: the one that differs only in case, or by one letter. */
    private static String hint(String name, JsonNode schema) {
        for (var property : schema.path("properties").properties()) {
            if (isNear(name, property.getKey())) {
                return " (is " + property.getKey() + " meant?)";
            }
        }
        return "";
    }

    private static boolean isNear(String name, String known) {
        if (name.equalsIgnoreCase(known)) {
            return true;
        }
        int start = 0;
        int end = 0;
        int shorter = Math.min(name.length(), known.length());
        while (start < shorter && name.charAt(start) == known.charAt(start)) {
            start++;
        }
        while (end < shorter - start
                && name.charAt(name.length() - 1 - end) == known.charAt(known.length() - 1 - end)) {
            end++;
        }
        int differing = Math.max(name.length(), known.length()) - start - end;
        return differing <= 1 && shorter > 2;
    }
}
