package dev.berth.node;

import dev.berth.nix.StorePath;
import java.nio.file.Path;
import java.util.List;

/**
 * A volume that the agent has published and not yet unpublished.
 *
 * @param volumeId the id that the caller gave it
 * @param target where it is mounted
 * @param readOnly whether it is mounted read-only
 * @param podUid the pod's uid, empty if the caller told none
 * @param packages the store paths that were asked for, the primary one first
 */
public record PublishedVolume(String volumeId, Path target, boolean readOnly, String podUid, List<StorePath> packages) {
    /** Copies the list. */
    public PublishedVolume {
        packages = List.copyOf(packages);
    }
}
