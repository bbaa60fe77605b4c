package dev.berth.gateway.config;

import dev.berth.store.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads text in the form of nix.conf (libutil/configuration.cc): a setting a line as {@code name = value}, comments from
 * {@code #} to the end of the line, {@code include FILE} and, for a file that need not be there, {@code !include FILE}; both
 * relative to the file that they stand in. Blanks between words count as one.
 */
final class NixConfFile {
    private static final int MAX_DEPTH = 32;
    private static final long MAX_SIZE = 1 << 20;

    /**
     * A line that sets something.
     *
     * @param name as written, maybe with {@code extra-} in front
     * @param value its words with one blank between
     */
    record Line(String name, String value) {}

    private final List<Line> lines = new ArrayList<>();

    private NixConfFile() {}

    /**
     * The settings of a file and of what it includes; none if the file does not exist.
     *
     * @throws ConfigException for the first line that is none, or a file that can't be read
     */
    static List<Line> read(Path file) {
        NixConfFile reader = new NixConfFile();
        reader.file(file, true, file.toString(), 0);
        return reader.lines;
    }

    /**
     * The settings of a text.
     *
     * @param name of the text, for messages
     * @param directory where relative includes are looked for
     */
    static List<Line> parse(String text, String name, Path directory) {
        NixConfFile reader = new NixConfFile();
        reader.text(text, name, directory, 0);
        return reader.lines;
    }

    private void file(Path file, boolean mayMiss, String from, int depth) {
        if (depth > MAX_DEPTH) {
            throw new ConfigException(from + ": more than " + MAX_DEPTH + " files include each other");
        }
        try {
            if (Files.size(file) > MAX_SIZE) {
                throw new ConfigException(file + " is larger than " + MAX_SIZE + " bytes: no configuration");
            }
            Path parent = file.toAbsolutePath().getParent();
            text(Files.readString(file), file.toString(), parent == null ? file : parent, depth);
        } catch (NoSuchFileException e) {
            if (!mayMiss) {
                throw new ConfigException(from + ": the included file " + file + " does not exist", e);
            }
        } catch (IOException e) {
            throw new ConfigException(from + ": " + file + " can't be read: " + e.getMessage(), e);
        }
    }

    private void text(String text, String name, Path directory, int depth) {
        List<String> all = text.lines().toList();
        for (int i = 0; i < all.size(); i++) {
            String line = all.get(i);
            int comment = line.indexOf('#');
            List<String> words = words(comment < 0 ? line : line.substring(0, comment));
            if (words.isEmpty()) {
                continue;
            }
            String place = name + ", line " + (i + 1);
            String first = words.getFirst();
            if (first.equals("include") || first.equals("!include")) {
                if (words.size() != 2) {
                    throw new ConfigException(place + ": '" + first + "' takes one file");
                }
                file(directory.resolve(words.get(1)), first.startsWith("!"), place, depth + 1);
            } else if (words.size() < 2 || !words.get(1).equals("=")) {
                throw new ConfigException(place + ": not a setting: '" + line.strip() + "'; write NAME = VALUE");
            } else {
                lines.add(new Line(first, String.join(" ", words.subList(2, words.size()))));
            }
        }
    }

    /** The words of a value. */
    static List<String> words(String text) {
        return Arrays.stream(text.split("[ \t\n\r]+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
