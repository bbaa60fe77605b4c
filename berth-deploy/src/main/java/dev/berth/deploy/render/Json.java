package dev.berth.deploy.render;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Strict JSON: no duplicate keys, nothing behind the value, bounded depth. */
final class Json {
    /** How deeply a manifest may nest. */
    static final int MAX_DEPTH = 200;

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    /** @throws RenderException naming the file, the line and the column */
    static JsonNode parse(String file, String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            if (node.isMissingNode()) {
                throw new RenderException(file + ": the file is empty");
            }
            return node;
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String where = at == null ? "" : ":" + at.getLineNr() + ":" + at.getColumnNr();
            throw new RenderException(file + where + ": " + firstLine(e.getOriginalMessage()), e);
        }
    }

    /** A word for the type of a value. */
    static String typeOf(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case BOOLEAN -> "a boolean";
            case NUMBER -> "a number";
            case STRING -> node.textValue().isEmpty() ? "an empty text" : "a text";
            case NULL, MISSING -> "nothing";
            case BINARY, POJO -> "something that is not JSON";
        };
    }

    private static String firstLine(String message) {
        return message.lines()
                .findFirst()
                .orElse("not JSON")
                .replaceAll("\\s*\\(start marker at .*", "")
                .replaceAll("^Trailing token .*", "something stands behind the end of the value");
    }
}
