package dev.berth.store.config;

import dev.berth.nix.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A mapping of a YAML file, whose keys are taken out one by one; what nobody took is refused by {@link #end}, with its line. Every method
 * throws {@link ConfigException} for what it can't take.
 */
public final class Yaml {
    /** How many characters a file may have. */
    public static final int MAX_CHARACTERS = 1 << 20;

    /** How deep values may lie in each other. */
    public static final int MAX_DEPTH = 32;

    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

    private final String file;
    private final String path;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final List<String> known = new ArrayList<>();
    private Optional<Mark> start = Optional.empty();

    private Yaml(String file, String path) {
        this.file = file;
        this.path = path;
    }

    /**
     * Reads a file, which holds one mapping or nothing.
     *
     * @throws ConfigException if it can't be read, with the reason
     */
    public static Yaml read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            // Not by its size: devices and files of /proc have none.
            byte[] bytes = in.readNBytes(MAX_CHARACTERS + 1);
            if (bytes.length > MAX_CHARACTERS) {
                throw new ConfigException(file + " is larger than " + MAX_CHARACTERS + " bytes: no configuration");
            }
            return parse(
                    file.toString(),
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString());
        } catch (NoSuchFileException e) {
            throw new ConfigException(file + " does not exist", e);
        } catch (CharacterCodingException e) {
            throw new ConfigException(file + " is not UTF-8", e);
        } catch (IOException e) {
            throw new ConfigException(file + " can't be read: " + e.getMessage(), e);
        }
    }

    /** The name of the file, for messages. */
    public String file() {
        return file;
    }

    /**
     * Reads a file's text, which holds one mapping or nothing.
     *
     * @param file its name, for messages
     */
    public static Yaml parse(String file, String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw new ConfigException(file + " has more than " + MAX_CHARACTERS + " characters: no configuration");
        }
        Yaml root = new Yaml(file, "");
        try {
            LoadSettings settings =
                    LoadSettings.builder().setAllowDuplicateKeys(false).build();
            root.checkDepth(new Parse(settings).parseString(text));
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

    /** What is composed lies on the stack. Aliases are not followed: each is the one value that it names, never a copy. */
    private void checkDepth(Iterable<Event> events) {
        int depth = 0;
        for (Event event : events) {
            switch (event) {
                case CollectionStartEvent start -> {
                    if (++depth > MAX_DEPTH) {
                        throw wrong(start.getStartMark(), "nested deeper than " + MAX_DEPTH + " levels");
                    }
                }
                case CollectionEndEvent _ -> depth--;
                default -> {}
            }
        }
    }

    private void fill(Node node) {
        if (!(node instanceof MappingNode mapping)) {
            throw wrong(
                    node,
                    path.isEmpty()
                            ? "the file must hold KEY: VALUE lines"
                            : "'" + path.substring(0, path.length() - 1) + "' holds keys");
        }
        start = node.getStartMark();
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
        return wrong(node.getStartMark(), what);
    }

    private ConfigException wrong(Optional<Mark> place, String what) {
        return new ConfigException(
                file + place.map(mark -> ", line " + (mark.getLine() + 1)).orElse("") + ": " + what);
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
    public interface Reading<T> {
        T of(String text);
    }

    /** A value. */
    public <T> Optional<T> value(String key, Reading<T> reading) {
        return take(key).map(node -> read(node, key, reading));
    }

    private <T> T read(Node node, String key, Reading<T> reading) {
        try {
            return reading.of(scalar(node, key));
        } catch (IllegalArgumentException | FormatException e) {
            throw wrong(node, "'" + path + key + "': " + e.getMessage());
        }
    }

    /** A text. */
    public Optional<String> text(String key) {
        return value(key, text -> text);
    }

    /** A whole number. */
    public Optional<Integer> number(String key) {
        return value(key, text -> {
            try {
                return Integer.valueOf(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("not a number: '" + text + "'", e);
            }
        });
    }

    /** {@code true} or {@code false}. */
    public Optional<Boolean> flag(String key) {
        return value(key, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false: '" + text + "'");
        });
    }

    /** A time such as {@code 500ms}, {@code 30s}, {@code 10m}, {@code 1h} or {@code 2d}. */
    public Optional<Duration> duration(String key) {
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
    public Optional<List<String>> words(String key) {
        return list(key, text -> text);
    }

    /** A list of values. */
    public <T> Optional<List<T>> list(String key, Reading<T> reading) {
        return take(key).map(node -> {
            if (!(node instanceof SequenceNode sequence)) {
                throw wrong(node, "'" + path + key + "' takes a list");
            }
            return sequence.getValue().stream()
                    .map(item -> read(item, key, reading))
                    .toList();
        });
    }

    /** A list of mappings, each to be ended on its own. */
    public Optional<List<Yaml>> sections(String key) {
        return take(key).map(node -> {
            if (!(node instanceof SequenceNode sequence)) {
                throw wrong(node, "'" + path + key + "' takes a list");
            }
            List<Yaml> sections = new ArrayList<>();
            for (Node item : sequence.getValue()) {
                Yaml section = new Yaml(file, path + key + "[" + sections.size() + "].");
                section.fill(item);
                sections.add(section);
            }
            return List.copyOf(sections);
        });
    }

    /** A mapping within; without keys if it is not there. */
    public Yaml section(String key) {
        return optionalSection(key).orElseGet(() -> new Yaml(file, path + key + "."));
    }

    /** A mapping within, if it is there. */
    public Optional<Yaml> optionalSection(String key) {
        return take(key).map(node -> {
            Yaml section = new Yaml(file, path + key + ".");
            section.fill(node);
            return section;
        });
    }

    /** The keys that nobody took yet, in their order. */
    public Set<String> keys() {
        return Collections.unmodifiableSet(new LinkedHashSet<>(values.keySet()));
    }

    /** An error at a key, or at the mapping if it is not there. */
    public ConfigException error(String key, String what) {
        return Optional.ofNullable(values.get(key))
                .map(node -> wrong(node, what))
                .orElseGet(() -> wrong(start, what));
    }

    /** Whether there is a key. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** Refuses the first key that was not taken. */
    public void end() {
        values.forEach((key, node) -> {
            throw wrong(node, "unknown key '" + path + key + "'; known are " + String.join(", ", known));
        });
    }
}
