package dev.berth.node.csi;

import dev.berth.nix.StorePath;
import dev.berth.node.pods.PodRef;
import java.nio.file.Path;
import java.util.List;

/**
 * A checked request to publish a volume.
 *
 * @param volumeId any text of 1 to {@value TargetPaths#MAX_VOLUME_ID} bytes: never a name of a file
 * @param target absolute and canonical
 * @param readOnly whether pods may write to it
 * @param packages the store paths whose closure it shows, at least one, without duplicates; the first is the primary one
 * @param pod the pod that it is for; {@link PodRef#NONE} or parts of it empty if the caller told none
 * @param hostUsers whether the pod has the node's user ids; if not ({@code hostUsers: false}), kubelet mounts its volumes with
 *     mapped ids, which overlays can't have
 */
public record PublishRequest(
        String volumeId, Path target, boolean readOnly, List<StorePath> packages, PodRef pod, boolean hostUsers) {
    /** Copies the list. */
    public PublishRequest {
        packages = List.copyOf(packages);
    }
}
