package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.nix.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes of an object as it is written what is sent to the server. */
final class Desired {
    /** What only the server writes: present in files that came from a cluster. */
    private static final List<String> SERVERS_METADATA =
            List.of("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid");

    private Desired() {}

    /**
     * The object without what is the server's, in its namespace, with the discriminator's label, and with a Secret's texts
     * encoded: the server does so, but forgets who wrote them.
     *
     * @param namespace where it is; empty for nowhere
     * @throws FormatException if something in it has a shape that it can't have
     */
    static ObjectNode of(ObjectNode written, String namespace, Optional<Discriminator> discriminator) {
        ObjectNode object = written.deepCopy();
        object.remove("status");
        ObjectNode metadata = child(object, "metadata");
        metadata.remove(SERVERS_METADATA);
        if (namespace.isEmpty()) {
            metadata.remove("namespace");
        } else {
            metadata.put("namespace", namespace);
        }
        for (String empty : List.of("labels", "annotations")) {
            if (metadata.path(empty).isNull()) {
                metadata.remove(empty);
            }
        }
        if (discriminator.isPresent()) {
            child(metadata, "labels")
                    .put(Discriminator.LABEL, discriminator.get().value());
        }
        if (object.path("kind").asText().equals("Secret")
                && object.path("apiVersion").asText().equals("v1")) {
            encodeTexts(object);
        }
        return object;
    }

    private static void encodeTexts(ObjectNode secret) {
        JsonNode texts = secret.remove("stringData");
        if (texts == null || texts.isNull()) {
            return;
        }
        if (!texts.isObject()) {
            throw new FormatException("stringData is not an object");
        }
        if (secret.path("data").isNull()) {
            secret.remove("data");
        }
        for (Map.Entry<String, JsonNode> text : texts.properties()) {
            if (!text.getValue().isTextual()) {
                throw new FormatException("stringData." + text.getKey() + " is not a text");
            }
            child(secret, "data")
                    .put(
                            text.getKey(),
                            Base64.getEncoder()
                                    .encodeToString(text.getValue().textValue().getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static ObjectNode child(ObjectNode parent, String name) {
        JsonNode child = parent.path(name);
        if (child.isMissingNode()) {
            return parent.putObject(name);
        }
        if (child instanceof ObjectNode object) {
            return object;
        }
        throw new FormatException(name + " is not an object");
    }
}
