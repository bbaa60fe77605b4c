package dev.berth.node;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Which API server an agent asks for pods and tells events.
 *
 * @param kubeconfig the file that says where it is and who the agent is there; without one, that of the cluster in which the agent
 *     runs as a pod, by its service account
 * @param context the context in that file, else its current one
 */
public record ApiServerConfig(Optional<Path> kubeconfig, Optional<String> context) {
    /** That of the cluster in which the agent runs as a pod. */
    public static final ApiServerConfig IN_CLUSTER = new ApiServerConfig(Optional.empty(), Optional.empty());

    /** The one that a file says, by its current context. */
    public static ApiServerConfig of(Path kubeconfig) {
        return new ApiServerConfig(Optional.of(kubeconfig), Optional.empty());
    }
}
