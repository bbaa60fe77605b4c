package dev.berth.node.injection;

import dev.berth.node.pods.PodRef;

/**
 * A container by the names that people know.
 *
 * @param pod its pod
 * @param name its name in the pod
 */
public record PodContainer(PodRef pod, String name) {
    /** For logs and messages: {@code NAMESPACE/POD, container NAME}. */
    @Override
    public String toString() {
        return pod + ", container " + name;
    }
}
