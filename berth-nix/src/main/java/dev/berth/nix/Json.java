package dev.berth.nix;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** Strict reading of JSON values, and the JSON of small types. What does not fit is a {@link FormatException}. */
final class Json {
    /** The greatest number of characters of a JSON text that is read. */
    static final int MAX_LENGTH = 64 << 20;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
            .build();

    private Json() {}

    static JsonNode parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new FormatException("JSON is longer than " + MAX_LENGTH + " characters");
        }
        try {
            JsonNode node = MAPPER.readTree(text);
            if (node.isMissingNode()) {
                throw new FormatException("JSON is empty");
            }
            return node;
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new FormatException("JSON is malformed" + where + ": " + reason, e);
        } catch (NumberFormatException e) {
            // Jackson lets this one through for an exponent that no decimal number can have.
            throw new FormatException("JSON holds a number out of any range", e);
        }
    }

    /** Compact, members in the order of their names, as Nix dumps. */
    static String print(JsonNode node) {
        try {
            return MAPPER.writeValueAsString(sorted(node));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree cannot be written", e);
        }
    }

    private static JsonNode sorted(JsonNode node) {
        if (node.isArray()) {
            ArrayNode array = array();
            node.forEach(item -> array.add(sorted(item)));
            return array;
        }
        if (node.isObject()) {
            TreeMap<String, JsonNode> members = new TreeMap<>(ByteText.ORDER);
            node.properties().forEach(member -> members.put(member.getKey(), sorted(member.getValue())));
            ObjectNode object = object();
            members.forEach(object::set);
            return object;
        }
        return node;
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /** The member, which must be there; it may be null. */
    static JsonNode member(JsonNode object, String name) {
        JsonNode value = object(object).get(name);
        if (value == null) {
            throw new FormatException("JSON object has no '" + name + "'");
        }
        return value;
    }

    /** The member, if it is there and not null. */
    static Optional<JsonNode> optional(JsonNode object, String name) {
        return Optional.ofNullable(object(object).get(name)).filter(value -> !value.isNull());
    }

    static JsonNode object(JsonNode node) {
        return typed(node, node.isObject(), "an object");
    }

    static JsonNode array(JsonNode node) {
        return typed(node, node.isArray(), "an array");
    }

    static String string(JsonNode node) {
        return typed(node, node.isTextual(), "a string").textValue();
    }

    static boolean bool(JsonNode node) {
        return typed(node, node.isBoolean(), "a boolean").booleanValue();
    }

    /** A number from 0 to 2⁶³-1. */
    static long unsigned(JsonNode node) {
        boolean good = node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0;
        return typed(node, good, "a number from 0 to " + Long.MAX_VALUE).longValue();
    }

    private static JsonNode typed(JsonNode node, boolean good, String wanted) {
        if (!good) {
            String shown = node.isContainerNode() ? (node.isArray() ? "an array" : "an object") : node.toString();
            throw new FormatException("JSON should have " + wanted + ", but has " + FormatException.quote(shown));
        }
        return node;
    }

    static <T> List<T> list(JsonNode array, Function<JsonNode, T> item) {
        List<T> items = new ArrayList<>();
        array(array).forEach(node -> items.add(item.apply(node)));
        return items;
    }

    static void members(JsonNode object, Consumer<Map.Entry<String, JsonNode>> member) {
        object(object).properties().forEach(member);
    }

    static <T> ArrayNode strings(Iterable<T> items, Function<T, String> text) {
        ArrayNode array = array();
        items.forEach(item -> array.add(text.apply(item)));
        return array;
    }

    static ObjectNode contentAddress(ContentAddress ca) {
        return object().put("hash", ca.hash().format(HashFormat.SRI, true))
                .put("method", ca.method().text());
    }

    static ContentAddress contentAddress(JsonNode node) {
        return new ContentAddress(
                ContentAddressMethod.parse(string(member(node, "method"))), hash(member(node, "hash")));
    }

    static Hash hash(JsonNode node) {
        return Hash.parse(string(node));
    }

    /** As newer Nix writes it. */
    static ObjectNode signature(Signature signature) {
        return object().put("keyName", signature.keyName()).put("sig", signature.base64());
    }

    /** As newer or older Nix writes it. */
    static Signature signature(JsonNode node) {
        return node.isTextual()
                ? Signature.parse(string(node))
                : new Signature(string(member(node, "keyName")), string(member(node, "sig")));
    }
}
