package dev.berth.node.csi;

import dev.berth.nix.StorePath;
import java.nio.file.Path;
import java.util.List;

/**
 * A checked request to publish a volume.
 *
 * @param volumeId any text of 1 to {@value TargetPaths#MAX_VOLUME_ID} bytes: never a name of a file
 * @param target absolute and canonical
 * @param readOnly whether pods may write to it
 * @param packages the store paths whose closure it shows, at least one, without duplicates; the first is the primary one
 * @param podUid empty if the caller told none
 */
public record PublishRequest(String volumeId, Path target, boolean readOnly, List<StorePath> packages, String podUid) {
    /** Copies the list. */
    public PublishRequest {
        packages = List.copyOf(packages);
    }
}
