package dev.berth.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;

/**
 * The fields of an entry of a kubeconfig.
 *
 * @param file the file that has it
 * @param name what to call it in messages
 * @param value its fields
 */
record Fields(Path file, String name, JsonNode value) {
    /** A text that is not empty. */
    Optional<String> text(String field) throws ClusterException {
        JsonNode node = value.path(field);
        if (node.isContainerNode()) {
            throw error(field + " is not a text");
        }
        return Optional.of(node.asText("")).filter(text -> !text.isEmpty());
    }

    boolean flag(String field) {
        return value.path(field).asBoolean(false);
    }

    /** The bytes of {@code FIELD-data}, in base64, or of the file that {@code FIELD} names. */
    Optional<byte[]> data(String field) throws ClusterException {
        Optional<String> data = text(field + "-data");
        if (data.isPresent()) {
            try {
                return Optional.of(Base64.getMimeDecoder().decode(data.get()));
            } catch (IllegalArgumentException e) {
                throw error(field + "-data is not base64");
            }
        }
        Optional<Path> path = path(field);
        if (path.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readAllBytes(path.get()));
        } catch (IOException e) {
            throw error(field + ": " + path.get() + " can't be read: " + Text.line(e.getMessage()));
        }
    }

    /** The same, as a text. */
    Optional<String> pem(String field) throws ClusterException {
        return data(field).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** A path, which is relative to the file. */
    Optional<Path> path(String field) throws ClusterException {
        return text(field).map(path -> file.toAbsolutePath().resolveSibling(path));
    }

    Fields inner(String field) {
        return new Fields(file, name, value.path(field));
    }

    ClusterException error(String what) {
        return new ClusterException(ClusterException.Kind.CONFIGURATION, file + ": " + name + ": " + what);
    }
}
