package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.ObjectKey;

/**
 * An object to wait for.
 *
 * @param resource what its kind is served as
 * @param live the object as the API server gave it last, such as when it was applied; is not changed
 */
public record Awaited(ApiResource resource, ObjectNode live) {
    /** Which object. */
    public ObjectKey key() {
        return ObjectKey.of(live);
    }
}
