package dev.berth.node.doctor;

import dev.berth.linux.Directory;
import dev.berth.linux.MountInfo;
import dev.berth.linux.MountTable;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceHandle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Whether kubelet would find the agent, and its pods the mounts. */
final class KubeletCheck {
    static final String PROPAGATION = "mount propagation";
    static final String SOCKETS = "kubelet directory";

    private static final int MAX_SOCKET_PATH = 107;
    private static final String LONGEST = "plugins_registry/csi.berth.dev-reg.sock";

    private KubeletCheck() {}

    static List<Finding> run(Path dir) {
        if (!Files.isDirectory(dir)) {
            return List.of(Finding.no(
                    SOCKETS,
                    dir + " is not there",
                    "name kubelet's root directory by --kubelet-dir; start kubelet first"));
        }
        return List.of(sockets(dir), propagation(dir));
    }

    private static Finding sockets(Path dir) {
        int length = dir.resolve(LONGEST).toString().length();
        if (length > MAX_SOCKET_PATH) {
            return Finding.no(
                    SOCKETS,
                    "paths of sockets in " + dir + " would have " + length + " bytes, more than " + MAX_SOCKET_PATH,
                    "give kubelet a shorter --root-dir");
        }
        for (String name : List.of("plugins", "plugins_registry")) {
            Path at = Doctor.existing(dir.resolve(name));
            if (!Files.isWritable(at)) {
                return Finding.no(
                        SOCKETS, at + " can't be written", "mount " + dir + " read-write into the agent's container");
            }
        }
        return Files.isDirectory(dir.resolve("plugins_registry"))
                ? Finding.ok(SOCKETS, dir + " has plugins_registry, which kubelet watches")
                : Finding.limited(
                        SOCKETS,
                        dir + " has no plugins_registry: kubelet has not run there yet",
                        "start kubelet, or name its root directory by --kubelet-dir");
    }

    /** What the agent mounts must reach the mount namespace of kubelet and the runtime. */
    private static Finding propagation(Path dir) {
        try {
            MountInfo mount = holder(dir);
            if (mount.tags().stream().anyMatch(tag -> tag.startsWith("shared:"))) {
                return Finding.ok(PROPAGATION, "the mount of " + dir + " is shared");
            }
            if (isKubeletHere()) {
                return Finding.ok(PROPAGATION, "kubelet runs in this mount namespace");
            }
            return Finding.no(
                    PROPAGATION,
                    "the mount of " + dir + " at " + mount.mountPoint()
                            + " is not shared, and kubelet is not seen in this"
                            + " mount namespace: it and its pods would not see what the agent mounts",
                    "mount " + dir
                            + " into the agent's container with mountPropagation: Bidirectional; outside of one, run"
                            + " 'mount --make-shared' on it or start kubelet first");
        } catch (IOException e) {
            return Finding.no(PROPAGATION, "cannot tell: " + e.getMessage(), "let the agent read /proc");
        }
    }

    private static boolean isKubeletHere() throws IOException {
        try (NamespaceHandle own = NamespaceHandle.ofThisThread(Namespace.MOUNT);
                Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(process -> process.getFileName().toString().matches("[0-9]+"))
                    .anyMatch(process -> isKubelet(process) && isIn(own, process));
        }
    }

    private static boolean isKubelet(Path process) {
        try {
            return Files.readString(process.resolve("comm")).strip().equals("kubelet");
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    private static boolean isIn(NamespaceHandle own, Path process) {
        try (NamespaceHandle other =
                NamespaceHandle.ofProcess(Long.parseLong(process.getFileName().toString()), Namespace.MOUNT)) {
            return own.isSame(other);
        } catch (IOException e) {
            return false; // it has ended, or may not be looked at
        }
    }

    private static MountInfo holder(Path path) throws IOException {
        try (Directory directory = Directory.open(path)) {
            long id = directory.stat().mount();
            return MountTable.all().stream()
                    .filter(mount -> mount.id() == id)
                    .findFirst()
                    .orElseThrow(() -> new IOException("no mount in the table holds " + path));
        }
    }
}
