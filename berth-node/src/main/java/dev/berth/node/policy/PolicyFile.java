package dev.berth.node.policy;

import dev.berth.store.config.ConfigException;
import dev.berth.store.config.Yaml;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where the policy is: a file, or a directory as kubelet makes it of a ConfigMap, whose files are rules that follow each other in
 * the order of the files' names, with one default in all.
 *
 * @param path of the file or directory
 */
record PolicyFile(Path path) {
    /** What kubelet points to the present version with: it changes by one rename (pkg/volume/util/atomic_writer.go). */
    private static final String VERSION = "..data";

    private static final int MAX_FILES = 100;
    private static final int ATTEMPTS = 3;

    /**
     * The texts that are there now, by the names of their files; all of one version.
     *
     * @throws ConfigException if they can't be read
     */
    TreeMap<String, String> read() {
        for (int attempt = 1; ; attempt++) {
            try {
                return Files.isDirectory(path)
                        ? directory()
                        : new TreeMap<>(java.util.Map.of(path.toString(), text(path)));
            } catch (NoSuchFileException e) {
                // The version that was being read went.
                if (attempt == ATTEMPTS) {
                    throw new ConfigException("the policy " + path + " can't be read: no such file " + e.getFile(), e);
                }
            } catch (CharacterCodingException e) {
                throw new ConfigException("the policy " + path + " is not UTF-8", e);
            } catch (IOException e) {
                throw new ConfigException("the policy " + path + " can't be read: " + e.getMessage(), e);
            }
        }
    }

    private TreeMap<String, String> directory() throws IOException {
        Path version = path.resolve(VERSION);
        Path directory = Files.exists(version) ? version.toRealPath() : path;
        List<Path> files;
        try (Stream<Path> entries = Files.list(directory)) {
            files = entries.filter(entry -> !entry.getFileName().toString().startsWith("."))
                    .limit(MAX_FILES + 1)
                    .toList();
        }
        if (files.size() > MAX_FILES) {
            throw new ConfigException("the policy " + path + " has more than " + MAX_FILES + " files");
        }
        TreeMap<String, String> texts = new TreeMap<>();
        for (Path file : files) {
            if (Files.isRegularFile(file)) {
                texts.put(path.resolve(file.getFileName()).toString(), text(file));
            }
        }
        return texts;
    }

    /** One that is longer than a policy may be is cut just behind that, and refused when it is parsed. */
    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(in.readNBytes(Yaml.MAX_CHARACTERS + 1));
            if (bytes.size() > Yaml.MAX_CHARACTERS) {
                throw new ConfigException(
                        "the policy's file " + file + " is larger than " + Yaml.MAX_CHARACTERS + " bytes");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        }
    }

    /** @throws ConfigException if they can't be taken */
    static Policy parse(TreeMap<String, String> texts) {
        List<Rule> rules = new ArrayList<>();
        Optional<Rule> fallback = Optional.empty();
        String holder = "";
        for (var file : texts.entrySet()) {
            Policy part = Policy.parse(file.getKey(), file.getValue());
            rules.addAll(part.rules());
            if (part.fallback().isPresent()) {
                if (fallback.isPresent()) {
                    throw new ConfigException(file.getKey() + ": there is a default in " + holder + " already");
                }
                fallback = part.fallback();
                holder = file.getKey();
            }
        }
        return new Policy(rules, fallback);
    }
}
