package dev.berth.kubernetes;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Which cluster is meant.
 *
 * @param kubeconfig the file to read; without one {@code $KUBECONFIG} (several files, with colons between), else
 *     {@code ~/.kube/config}, else, inside a pod, its service account
 * @param context the context in it; without one its current context
 */
public record ClusterAddress(Optional<Path> kubeconfig, Optional<String> context) {
    /** The one that {@code kubectl} without flags would take. */
    public static ClusterAddress standard() {
        return new ClusterAddress(Optional.empty(), Optional.empty());
    }

    /** The current context of a file. */
    public static ClusterAddress of(Path kubeconfig) {
        return new ClusterAddress(Optional.of(kubeconfig), Optional.empty());
    }
}
