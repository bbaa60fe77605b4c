package dev.berth.deploy.render;

import dev.berth.nix.StorePath;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a file came to.
 *
 * @param objects in the order of the file; lists are taken apart
 * @param named the store paths that the objects name, each with the first place that names it, as
 *     {@code Pod/hello: spec.containers[0].command[0]}
 * @param settings what the file says of its deployment; nothing, if it is no module
 */
public record Rendered(List<KubeObject> objects, NavigableMap<StorePath, String> named, DeploymentSettings settings) {
    /** Copies. */
    public Rendered {
        objects = List.copyOf(objects);
        named = java.util.Collections.unmodifiableNavigableMap(new TreeMap<>((Map<StorePath, String>) named));
    }
}
