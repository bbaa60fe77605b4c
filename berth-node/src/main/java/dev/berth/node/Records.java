package dev.berth.node;

import dev.berth.nix.FormatException;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Properties;

/** The files in which the agent remembers volumes and containers. */
final class Records {
    private Records() {}

    /** Writes one, whole or not at all. */
    static void write(Path file, Properties properties) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (Writer out = Files.newBufferedWriter(part, StandardCharsets.UTF_8)) {
            properties.store(out, null);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Reads one; empty if there is none, or a power cut or somebody spoilt it. */
    static Optional<Properties> read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(in);
            return Optional.of(properties);
        } catch (NoSuchFileException | IllegalArgumentException | CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** @throws FormatException if there is no such field */
    static String get(Properties properties, String key) {
        String value = properties.getProperty(key);
        if (value == null) {
            throw new FormatException("no " + key);
        }
        return value;
    }
}
