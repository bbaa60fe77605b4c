package dev.berth.gateway.config;

import dev.berth.nix.FormatException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A mapping of a YAML file, whose keys are taken out one by one; what nobody took is refused by {@link #end}, with its line.
 */
final class Yaml {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

    private final String file;
    private final String path;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final List<String> known = new ArrayList<>();

    private Yaml(String file, String path) {
        this.file = file;
        this.path = path;
    }

    /**
     * Reads a file's text, which holds one mapping or nothing.
     *
     * @param file its name, for messages
     */
    static Yaml parse(String file, String text) {
        Yaml root = new Yaml(file, "");
        try {
            LoadSettings settings =
                    LoadSettings.builder().setAllowDuplicateKeys(false).build();
            new Compose(settings).composeString(text).ifPresent(root::fill);
            return root;
        } catch (MarkedYamlEngineException e) {
            String line = e.getProblemMark()
                    .map(mark -> ", line " + (mark.getLine() + 1))
                    .orElse("");
            throw new ConfigException(file + line + ": " + e.getProblem(), e);
        } catch (YamlEngineException e) {
            throw new ConfigException(file + ": " + e.getMessage(), e);
        }
    }

    private void fill(Node node) {
        if (!(node instanceof MappingNode mapping)) {
            throw wrong(node, path.isEmpty() ? "the file must hold KEY: VALUE lines" : "'" + path + "' holds keys");
        }
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw wrong(tuple.getKeyNode(), "a key must be a word");
            }
            if (values.put(key.getValue(), tuple.getValueNode()) != null) {
                throw wrong(key, "the key '" + path + key.getValue() + "' stands twice");
            }
        }
    }

    private ConfigException wrong(Node node, String what) {
        return new ConfigException(file
                + node.getStartMark()
                        .map(mark -> ", line " + (mark.getLine() + 1))
                        .orElse("") + ": " + what);
    }

    private Optional<Node> take(String key) {
        known.add(key);
        return Optional.ofNullable(values.remove(key));
    }

    private String scalar(Node node, String key) {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw wrong(node, "'" + path + key + "' takes one value");
    }

    /** How a value is made of its text; throws {@link IllegalArgumentException} with the reason if it cannot be. */
    @FunctionalInterface
    interface Reading<T> {
        T of(String text);
    }

    /** A value. */
    <T> Optional<T> value(String key, Reading<T> reading) {
        return take(key).map(node -> {
            try {
                return reading.of(scalar(node, key));
            } catch (IllegalArgumentException | FormatException e) {
                throw wrong(node, "'" + path + key + "': " + e.getMessage());
            }
        });
    }

    Optional<String> text(String key) {
        return value(key, text -> text);
    }

    Optional<Integer> number(String key) {
        return value(key, text -> {
            try {
                return Integer.valueOf(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("not a number: '" + text + "'", e);
            }
        });
    }

    Optional<Boolean> flag(String key) {
        return value(key, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false: '" + text + "'");
        });
    }

    Optional<Duration> duration(String key) {
        return value(key, Yaml::duration0);
    }

    private static Duration duration0(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a time such as 500ms, 30s, 10m, 1h or 2d: '" + text + "'");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (String.valueOf(matcher.group(2))) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    /** A list of words. */
    Optional<List<String>> words(String key) {
        return take(key).map(node -> {
            if (!(node instanceof SequenceNode sequence)) {
                throw wrong(node, "'" + path + key + "' takes a list");
            }
            return sequence.getValue().stream().map(item -> scalar(item, key)).toList();
        });
    }

    /** A mapping within; without keys if it is not there. */
    Yaml section(String key) {
        Yaml section = new Yaml(file, path + key + ".");
        take(key).ifPresent(section::fill);
        return section;
    }

    /** Whether there is a key. */
    boolean has(String key) {
        return values.containsKey(key);
    }

    /** Refuses the first key that was not taken. */
    void end() {
        values.forEach((key, node) -> {
            throw wrong(node, "unknown key '" + path + key + "'; known are " + String.join(", ", known));
        });
    }
}
