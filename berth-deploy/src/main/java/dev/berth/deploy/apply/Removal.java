package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.ObjectKey;

/**
 * An object that is to be deleted.
 *
 * @param resource what its kind is served as
 * @param live as it is there; treat as immutable
 */
public record Removal(ApiResource resource, ObjectNode live) {
    /** Which object. */
    public ObjectKey key() {
        return new ObjectKey(
                resource.apiVersion(),
                resource.kind(),
                live.path("metadata").path("namespace").asText(),
                live.path("metadata").path("name").asText());
    }

    /** Its identity, which a later object of the same name does not have. */
    String uid() {
        return live.path("metadata").path("uid").asText();
    }
}
