package dev.berth.node.csi;

import io.grpc.Deadline;
import java.nio.file.Path;

/**
 * What stands behind the CSI services: volumes of store paths. Safe for use by many threads; requests are checked before
 * they come here. Every method may throw {@link CsiException} with the status to answer, or a
 * {@link dev.berth.store.StoreException}, which is answered with a status of its kind.
 */
public interface Driver {
    /** Whether volumes can be published now: the store opens and this process may mount. */
    boolean ready();

    /**
     * Makes the volume's closure valid in the node's store and mounts it. A volume that is mounted already is left alone.
     *
     * @param deadline when the caller stops waiting
     */
    void publish(PublishRequest request, Deadline deadline);

    /** Unmounts; returns when no mount is left at the target. Unknown volumes are fine. */
    void unpublish(String volumeId, Path target, Deadline deadline);

    /** What a published volume holds; {@code NOT_FOUND} if it is not published there. */
    VolumeStats stats(String volumeId, Path path);
}
