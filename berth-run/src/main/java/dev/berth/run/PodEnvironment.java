package dev.berth.run;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What every container of a pod is started with.
 *
 * @param rootfs the files of all images, if they are given
 * @param volumes the prepared volumes by their names
 */
record PodEnvironment(
        Layout layout,
        Programs programs,
        Optional<Path> rootfs,
        Pod pod,
        Sandbox sandbox,
        Map<String, PodVolumes.Prepared> volumes,
        Console console) {
    PodEnvironment {
        volumes = Map.copyOf(volumes);
    }
}
