package dev.berth.node.injection;

import java.util.List;
import java.util.Map;

/**
 * What a decision is made of: a container as its pod's specification and its image have it.
 *
 * @param name the container's name
 * @param annotations the annotations of its pod
 * @param runtimeHandler the handler of the pod's runtime class, empty for the default
 * @param args its command and arguments
 * @param env its environment, {@code NAME=VALUE} each
 * @param mountPoints where its volumes are mounted
 */
public record ContainerSpec(
        String name,
        Map<String, String> annotations,
        String runtimeHandler,
        List<String> args,
        List<String> env,
        List<String> mountPoints) {
    /** Copies the collections. */
    public ContainerSpec {
        annotations = Map.copyOf(annotations);
        args = List.copyOf(args);
        env = List.copyOf(env);
        mountPoints = List.copyOf(mountPoints);
    }
}
