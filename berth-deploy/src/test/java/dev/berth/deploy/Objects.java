package dev.berth.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Objects for tests, written as JSON without most of its quotes: {@code {kind: 'Pod'}}. */
public final class Objects {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES, JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .build();

    private Objects() {}

    /** An object. */
    public static ObjectNode parse(String json) {
        try {
            return (ObjectNode) MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    /**
     * An object of a kind.
     *
     * @param rest the fields behind apiVersion and kind
     */
    public static ObjectNode of(String apiVersion, String kind, String rest) {
        return parse("{apiVersion: '" + apiVersion + "', kind: '" + kind + "', " + rest + "}");
    }
}
