package dev.berth.node.csi;

import dev.berth.nix.StorePath;
import dev.berth.node.pods.PodRef;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A checked request to publish a volume.
 *
 * @param volumeId any text of 1 to {@value TargetPaths#MAX_VOLUME_ID} bytes: never a name of a file
 * @param target absolute and canonical
 * @param readOnly whether pods may write to it
 * @param wanted what it is to show
 * @param pod the pod that it is for; {@link PodRef#NONE} or parts of it empty if the caller told none
 * @param hostUsers whether the pod has the node's user ids; if not ({@code hostUsers: false}), kubelet mounts its volumes with
 *     mapped ids, which overlays can't have
 * @param fetchTimeout how long evaluating and fetching may take in all, if the volume says so
 */
public record PublishRequest(
        String volumeId,
        Path target,
        boolean readOnly,
        WantedPackages wanted,
        PodRef pod,
        boolean hostUsers,
        Optional<Duration> fetchTimeout) {

    /** The store paths that are known without an evaluation, the primary one first if it is among them. */
    public List<StorePath> packages() {
        return wanted.storePaths();
    }
}
