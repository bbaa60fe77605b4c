package dev.berth.deploy.render;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.AnchorNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * YAML as {@code kubectl} reads it, into JSON: several documents, anchors, merge keys, integers with a leading zero in
 * base 8 ({@code defaultMode: 0644}). {@code yes} and {@code no} stay texts. Anchors may not multiply a file without
 * bound, nor contain themselves; a key may not stand twice.
 */
final class Yaml {
    /** How many values all documents of a file may have after anchors are expanded. */
    static final int MAX_VALUES = 500_000;

    private static final int MAX_CHARACTERS = 16 << 20;
    private static final Pattern OCTAL = Pattern.compile("[-+]?0o?[0-7]{1,22}");
    private static final Pattern HEXADECIMAL = Pattern.compile("[-+]?0x[0-9a-fA-F]{1,16}");
    /** What the parser itself takes for no text: tagged as one all the same, it was by {@code !!str}. */
    private static final Pattern RESOLVED =
            Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]*)?([eE][-+]?[0-9]+)?|true|false|null");

    private static final Pattern DECIMAL = Pattern.compile("[-+]?(0|[1-9][0-9]{0,40})");
    private static final Pattern FLOAT =
            Pattern.compile("[-+]?(\\.[0-9]{1,40}|[0-9]{1,40}(\\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,3})?");

    private final String file;
    private int values;

    private Yaml(String file) {
        this.file = file;
    }

    /**
     * The documents that are not empty.
     *
     * @throws RenderException naming the file, the line and the column
     */
    static List<JsonNode> parse(String file, String text) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file)
                .setAllowDuplicateKeys(true) // found below, with the place of the second one
                .setAllowNonScalarKeys(true) // likewise
                .setMaxAliasesForCollections(MAX_VALUES) // what they expand to is bounded below
                .setCodePointLimit(MAX_CHARACTERS)
                .build();
        Yaml yaml = new Yaml(file);
        List<JsonNode> documents = new ArrayList<>();
        try {
            for (Node document : new Compose(settings).composeAllFromString(text)) {
                JsonNode json = yaml.convert(document, 0);
                if (!json.isNull()) {
                    documents.add(json);
                }
            }
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
            throw new RenderException(yaml.at(mark) + e.getProblem().replaceAll("\\s+", " "), e);
        } catch (YamlEngineException | IllegalArgumentException e) {
            throw new RenderException(
                    file + ": " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "), e);
        } catch (StackOverflowError e) {
            // The composer recurses without a limit of its own; nothing of ours is on the stack in between.
            throw new RenderException(file + ": nested deeper than " + Json.MAX_DEPTH + " levels", e);
        }
        return documents;
    }

    private JsonNode convert(Node given, int depth) {
        Node node = given instanceof AnchorNode anchor ? anchor.getRealNode() : given;
        if (depth > Json.MAX_DEPTH) {
            throw error(node, "nested deeper than " + Json.MAX_DEPTH + " levels (does an anchor contain itself?)");
        }
        if (++values > MAX_VALUES) {
            throw error(node, "the anchors of this file expand to more than " + MAX_VALUES + " values");
        }
        return switch (node) {
            case ScalarNode scalar -> scalar(scalar);
            case SequenceNode sequence -> {
                ArrayNode array = JsonNodeFactory.instance.arrayNode();
                for (Node item : sequence.getValue()) {
                    array.add(convert(item, depth + 1));
                }
                yield array;
            }
            case MappingNode mapping -> mapping(mapping, depth);
            default -> throw error(node, "is neither a value, a list nor a mapping");
        };
    }

    private ObjectNode mapping(MappingNode mapping, int depth) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        Set<String> own = new HashSet<>();
        for (NodeTuple entry : mapping.getValue()) {
            Node key = entry.getKeyNode() instanceof AnchorNode anchor ? anchor.getRealNode() : entry.getKeyNode();
            if (!(key instanceof ScalarNode scalar)) {
                throw error(key, "a key must be a text");
            }
            String name = scalar.getValue();
            if (scalar.isPlain() && name.equals("<<")) {
                merge(convert(entry.getValueNode(), depth + 1), object, own, key);
                continue;
            }
            if (!own.add(name)) {
                throw error(key, "the key '" + name + "' stands here twice");
            }
            object.set(name, convert(entry.getValueNode(), depth + 1));
        }
        return object;
    }

    /** What the mapping says itself wins over what is merged; of several merged mappings the first wins. */
    private void merge(JsonNode merged, ObjectNode into, Set<String> own, Node key) {
        if (merged.isArray()) {
            merged.forEach(one -> merge(one, into, own, key));
        } else if (merged instanceof ObjectNode mapping) {
            mapping.properties().forEach(entry -> {
                if (!own.contains(entry.getKey()) && !into.has(entry.getKey())) {
                    into.set(entry.getKey(), entry.getValue());
                }
            });
        } else {
            throw error(key, "'<<' takes a mapping or a list of mappings");
        }
    }

    private JsonNode scalar(ScalarNode node) {
        JsonNodeFactory make = JsonNodeFactory.instance;
        String text = node.getValue();
        String tag = node.getTag().getValue();
        if (!tag.startsWith("tag:yaml.org,2002:") || tag.endsWith(":binary")) {
            throw error(node, "the tag " + tag + " has no meaning in a manifest");
        }
        if (!node.isPlain() || (tag.endsWith(":str") && RESOLVED.matcher(text).matches())) {
            return make.textNode(text);
        }
        return switch (text) {
            case "", "~", "null", "Null", "NULL" -> make.nullNode();
            case "true", "True", "TRUE" -> make.booleanNode(true);
            case "false", "False", "FALSE" -> make.booleanNode(false);
            default -> number(text, make);
        };
    }

    private static JsonNode number(String text, JsonNodeFactory make) {
        String digits = text.startsWith("+") ? text.substring(1) : text;
        if (DECIMAL.matcher(text).matches()) {
            return integer(new BigInteger(digits), make);
        }
        if (OCTAL.matcher(text).matches()) {
            return integer(new BigInteger(digits.replace("o", ""), 8), make);
        }
        if (HEXADECIMAL.matcher(text).matches()) {
            return integer(new BigInteger(digits.replace("0x", ""), 16), make);
        }
        if (FLOAT.matcher(text).matches()) {
            return make.numberNode(new BigDecimal(digits));
        }
        return make.textNode(text);
    }

    private static JsonNode integer(BigInteger value, JsonNodeFactory make) {
        return value.bitLength() < Long.SIZE ? make.numberNode(value.longValue()) : make.numberNode(value);
    }

    private RenderException error(Node node, String what) {
        return new RenderException(at(node.getStartMark()) + what);
    }

    private String at(Optional<Mark> mark) {
        return mark.map(m -> file + ":" + (m.getLine() + 1) + ":" + (m.getColumn() + 1) + ": ")
                .orElse(file + ": ");
    }
}
