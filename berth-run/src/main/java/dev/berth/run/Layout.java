package dev.berth.run;

import dev.berth.nix.Hash;
import dev.berth.nix.HashFormat;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Where everything of {@code berth run} lies below its root.
 *
 * @param root absolute, without links and dots
 */
record Layout(Path root) {
    /** Held by the one run that uses the root. */
    Path lock() {
        return root.resolve("lock");
    }

    /** There while a run is under way: if it is there at the start, the last run was killed. */
    Path running() {
        return root.resolve("running");
    }

    /** The key that signs what is pushed to the cache; mode 0600. */
    Path key() {
        return root.resolve("key");
    }

    /** The root of the chroot store that Nix builds into where the machine has no store of its own. */
    Path build() {
        return root.resolve("build");
    }

    /** The embedded cache, a binary cache of files. */
    Path cache() {
        return root.resolve("cache");
    }

    /** What runs used, and when. */
    Path used() {
        return root.resolve("used");
    }

    /** Its modification time is that of the last collection of garbage. */
    Path collected() {
        return root.resolve("collected");
    }

    /** The root of the node agent. */
    Path node() {
        return root.resolve("node");
    }

    /** The CSI sockets, {@code <driver>/csi.sock}. */
    Path plugins() {
        return root.resolve("csi");
    }

    /** One directory for each pod, as kubelet has it. */
    Path pods() {
        return root.resolve("pods");
    }

    /** Empty outside of the containers' mount namespaces: in them the container's root is put together here. */
    Path stage() {
        return root.resolve("stage");
    }

    /** A pod's directory. */
    Path pod(String uid) {
        return pods().resolve(uid);
    }

    /** Where the shared memory of a pod's containers is mounted while they run. */
    Path sharedMemory(String uid) {
        return pod(uid).resolve("shm");
    }

    /** A volume's directory. */
    Path volume(String uid, String plugin, String name) {
        return pod(uid).resolve("volumes").resolve("kubernetes.io~" + plugin).resolve(name);
    }

    /**
     * The source of the file system that is the root of every container of this root: by it their processes are found
     * in {@code /proc}, whatever happened to the run that started them.
     */
    String mark() {
        String digest =
                Hash.sha256(root.toString().getBytes(StandardCharsets.UTF_8)).format(HashFormat.BASE16, false);
        return "berth-run-" + digest.substring(0, 20);
    }
}
