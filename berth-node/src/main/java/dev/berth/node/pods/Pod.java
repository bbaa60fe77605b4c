package dev.berth.node.pods;

import dev.berth.nix.StorePath;
import java.util.List;

/**
 * What the agent wants to know of a pod.
 *
 * @param ref which it is
 * @param terminating whether it is being deleted
 * @param hostUsers whether it has the node's user ids
 * @param storePaths those that its specification names anywhere, but not in the attributes of volumes; in the order of their
 *     first mention
 * @param volumes its inline CSI volumes
 * @param containers its containers, the initial ones among them
 */
public record Pod(
        PodRef ref,
        boolean terminating,
        boolean hostUsers,
        List<StorePath> storePaths,
        List<Volume> volumes,
        List<Container> containers) {
    /** Copies the lists. */
    public Pod {
        storePaths = List.copyOf(storePaths);
        volumes = List.copyOf(volumes);
        containers = List.copyOf(containers);
    }

    /**
     * An inline CSI volume.
     *
     * @param name its name in the pod
     * @param driver the driver's name
     */
    public record Volume(String name, String driver) {}

    /**
     * A container.
     *
     * @param name its name
     * @param namesStorePaths whether its command, arguments or environment name a store path
     * @param mounts its mounts
     */
    public record Container(String name, boolean namesStorePaths, List<Mount> mounts) {
        /** Copies the list. */
        public Container {
            mounts = List.copyOf(mounts);
        }
    }

    /**
     * A mount of a container.
     *
     * @param volume the volume's name
     * @param path where it is in the container
     * @param subPath what of the volume it is; empty for all
     */
    public record Mount(String volume, String path, String subPath) {}
}
