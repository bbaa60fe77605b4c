package dev.berth.run;

import dev.berth.linux.MountInfo;
import dev.berth.linux.MountTable;
import dev.berth.linux.Mounts;
import dev.berth.node.NodeConfig;
import dev.berth.node.PublishedVolume;
import dev.berth.node.csi.CsiException;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What a run that was killed, or told to keep its pods, left below a root. Only the holder of the root's lock removes it. */
final class Leftovers {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Layout layout;

    Leftovers(Layout layout) {
        this.layout = layout;
    }

    /** Whether the last run did not come to its end. */
    boolean any() throws IOException {
        return Files.exists(layout.running()) || !pods().isEmpty();
    }

    /**
     * Kills the processes of containers of this root that are still there. They are known by the root of their mount
     * namespace, which no other program makes.
     *
     * @return how many there were
     */
    int killProcesses() throws IOException, InterruptedException {
        List<ProcessHandle> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path directory : processes) {
                long pid = Long.parseLong(directory.getFileName().toString());
                Optional<ProcessHandle> process = ProcessHandle.of(pid);
                if (pid != ProcessHandle.current().pid() && process.isPresent() && isOurs(directory)) {
                    found.add(process.get());
                }
            }
        }
        // A handle knows the time its process started at, so a number given to another meanwhile is left alone.
        found.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle process : found) {
            try {
                process.onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException | ExecutionException e) {
                throw new IOException("process " + process.pid() + " of an earlier run cannot be killed", e);
            }
        }
        return found.size();
    }

    private boolean isOurs(Path process) {
        try {
            // Text: a marker of ASCII letters stands as it is.
            return Files.readString(process.resolve("mountinfo"), StandardCharsets.ISO_8859_1)
                    .contains(" " + layout.mark() + " ");
        } catch (IOException e) {
            return false; // it has ended meanwhile
        }
    }

    /** Removes what a Nix that was killed left half-built in the private store, and a push in the cache. */
    void cleanStores() throws IOException {
        // Where files of the cache are made; with the root's lock, nobody makes one now.
        Trees.delete(layout.cache().resolve(".berth-tmp"));
        if (Files.exists(layout.build().resolve("nix/var/nix/db/db.sqlite"))) {
            try (LocalStore builds = LocalStore.open(LocalStoreConfig.root(layout.build()))) {
                builds.cleanUp();
            }
        }
    }

    /** The run has ended in order: unless pods are left, the next start has nothing to do. */
    void forgetRun() throws IOException {
        if (pods().isEmpty()) {
            Files.deleteIfExists(layout.running());
        }
    }

    /**
     * Unpublishes the volumes of earlier pods and deletes the pods' directories.
     *
     * @return how many pods there were
     */
    int removePods(List<PublishedVolume> volumes, Drivers drivers) throws IOException {
        for (PublishedVolume volume : volumes) {
            if (volume.target().startsWith(layout.pods())) {
                try {
                    drivers.client(NodeConfig.DRIVER).unpublish(volume.volumeId(), volume.target());
                } catch (CsiException e) {
                    throw RunException.failed(
                            "cannot unpublish " + volume.target() + ", a volume of an earlier run: " + e.getMessage(),
                            e);
                }
            }
        }
        List<Path> pods = pods();
        for (Path pod : pods) {
            // What the agent knows nothing of: it was killed between the mount and its record.
            for (MountInfo mount : MountTable.below(pod)) {
                Mounts.unmount(mount.mountPoint(), Mounts.Unmount.DETACH);
            }
            Trees.delete(pod);
        }
        return pods.size();
    }

    private List<Path> pods() throws IOException {
        List<Path> pods = new ArrayList<>();
        if (Files.isDirectory(layout.pods())) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(layout.pods())) {
                all.forEach(pods::add);
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
        return pods;
    }
}
