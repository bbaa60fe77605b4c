package dev.berth.deploy.render;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Prints objects so that they read the same by YAML 1.1, YAML 1.2 and JSON: every text stands in JSON's quotes. */
public final class ManifestWriter {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final ObjectMapper FLAT = new ObjectMapper();
    private static final Pattern PLAIN_KEY = Pattern.compile("[a-zA-Z][a-zA-Z0-9_./-]*");

    /** What YAML 1.1 takes for something else than a text. */
    private static final Set<String> WORDS = Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null");

    private ManifestWriter() {}

    /** One document an object, each begun by {@code ---}. */
    public static String yaml(List<KubeObject> objects) {
        StringBuilder out = new StringBuilder();
        for (KubeObject object : objects) {
            out.append("---\n");
            block(object.json(), "", out);
            out.append('\n');
        }
        return out.toString();
    }

    /** One object of kind {@code List}. */
    public static String json(List<KubeObject> objects) {
        ObjectNode list = JSON.createObjectNode();
        list.put("apiVersion", "v1").put("kind", "List");
        ArrayNode items = list.putArray("items");
        objects.forEach(object -> items.add(object.json()));
        try {
            return JSON.writeValueAsString(list) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // a tree has nothing that cannot be written
        }
    }

    private static void block(JsonNode value, String indent, StringBuilder out) {
        String next = "";
        if (value.isObject() && !value.isEmpty()) {
            for (Map.Entry<String, JsonNode> field : value.properties()) {
                out.append(next).append(key(field.getKey())).append(':');
                below(field.getValue(), indent, out);
                next = "\n" + indent;
            }
        } else if (value.isArray() && !value.isEmpty()) {
            for (JsonNode element : value) {
                out.append(next).append("- ");
                block(element, indent + "  ", out);
                next = "\n" + indent;
            }
        } else {
            out.append(scalar(value));
        }
    }

    private static void below(JsonNode value, String indent, StringBuilder out) {
        if (value.isContainerNode() && !value.isEmpty()) {
            out.append('\n').append(indent).append("  ");
            block(value, indent + "  ", out);
        } else {
            out.append(' ').append(scalar(value));
        }
    }

    private static String key(String name) {
        boolean plain = PLAIN_KEY.matcher(name).matches() && !WORDS.contains(name.toLowerCase(Locale.ROOT));
        return plain ? name : scalar(FLAT.getNodeFactory().textNode(name));
    }

    private static String scalar(JsonNode value) {
        try {
            return FLAT.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // a tree has nothing that cannot be written
        }
    }
}
