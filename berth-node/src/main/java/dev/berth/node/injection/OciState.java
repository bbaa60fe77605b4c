package dev.berth.node.injection;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a runtime tells a hook of its container (runtime-spec, "State").
 *
 * @param id the container's id
 * @param pid its first process, by its number for the runtime
 * @param bundle the directory of its configuration, as the runtime calls it
 */
record OciState(String id, long pid, Path bundle) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MAX_CONFIG = 16 << 20;

    /** @throws IOException if it is none; one line */
    static OciState parse(byte[] json) throws IOException {
        Map<String, String> fields = fields(json, "");
        try {
            OciState state = new OciState(
                    fields.getOrDefault("id", ""),
                    Long.parseLong(fields.getOrDefault("pid", "0")),
                    Path.of(fields.getOrDefault("bundle", "")));
            if (!state.id.isEmpty() && state.pid > 0 && state.bundle.isAbsolute()) {
                return state;
            }
        } catch (IllegalArgumentException e) {
            // A number or a path that is none.
        }
        throw new IOException("the runtime's state of the container has no id, pid or bundle");
    }

    /**
     * The container's file system as it is before the runtime makes it the process's root: its directory is called as the runtime calls it, for the
     * container's mount namespace is a copy of the runtime's still.
     */
    ContainerRoot root() throws IOException {
        Path config = Path.of("/proc/" + pid + "/root").resolve(Path.of("/").relativize(bundle.resolve("config.json")));
        byte[] json;
        try (InputStream in = Files.newInputStream(config)) {
            json = in.readNBytes(MAX_CONFIG);
        }
        String path = Optional.ofNullable(fields(json, "root").get("path"))
                .orElseThrow(() -> new IOException("the container's configuration in " + bundle + " has no root"));
        return new ContainerRoot(pid, bundle.resolve(path).normalize());
    }

    /** The texts and numbers of an object's fields: of the whole, or of the object in the field of a name. */
    private static Map<String, String> fields(byte[] json, String in) throws IOException {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("the runtime gave no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals(in) && value == JsonToken.START_OBJECT) {
                    return object(parser);
                }
                if (value.isScalarValue()) {
                    fields.put(name, parser.getText());
                } else {
                    parser.skipChildren();
                }
            }
        } catch (JsonProcessingException e) {
            throw new IOException("what the runtime says of the container is not JSON", e);
        }
        return in.isEmpty() ? fields : Map.of();
    }

    private static Map<String, String> object(JsonParser parser) throws IOException {
        Map<String, String> fields = new HashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (parser.nextToken().isScalarValue()) {
                fields.put(name, parser.getText());
            } else {
                parser.skipChildren();
            }
        }
        return fields;
    }
}
