package dev.berth.bench;

import dev.berth.linux.Mounts;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * A bind mount a path: a loop in this JVM that makes a directory for each path and mounts the path there by mount(2), one after
 * another; then one call unmounts all, and the directories are removed. Nothing is read-only, written down or checked, no process is
 * started, and the mount namespace is one of its own: the least that a program can do that shows a closure so.
 *
 * @param made how long making them took
 * @param gone how long taking them away took
 */
record BindMounts(Duration made, Duration gone) {
    static BindMounts of(Collection<Path> paths, Path target) throws IOException, InterruptedException {
        List<Path> places =
                paths.stream().map(path -> target.resolve(path.getFileName())).toList();
        return NamespaceThread.inNew(Set.of(Namespace.MOUNT), () -> {
            long start = System.nanoTime();
            Mounts.bind(target, target, false); // so that all can be unmounted at once
            for (Path path : paths) {
                Path place = target.resolve(path.getFileName());
                Files.createDirectory(place);
                Mounts.bind(path, place, false);
            }
            long made = System.nanoTime();
            Mounts.unmount(target, Mounts.Unmount.DETACH);
            for (Path place : places) {
                Files.delete(place);
            }
            return new BindMounts(Duration.ofNanos(made - start), Duration.ofNanos(System.nanoTime() - made));
        });
    }
}
