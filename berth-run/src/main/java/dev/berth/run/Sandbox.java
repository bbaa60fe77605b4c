package dev.berth.run;

import dev.berth.linux.MountAttribute;
import dev.berth.linux.Mounts;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceHandle;
import dev.berth.linux.NamespaceThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What the containers of a pod share: host name, System V IPC and {@code /dev/shm}. The network is this machine's. */
final class Sandbox implements AutoCloseable {
    private final List<NamespaceHandle> namespaces;

    private final Path sharedMemory;

    private Sandbox(List<NamespaceHandle> namespaces, Path sharedMemory) {
        this.namespaces = List.copyOf(namespaces);
        this.sharedMemory = sharedMemory;
    }

    /**
     * Makes it.
     *
     * @param hostname up to 63 characters; longer ones are cut
     * @param sharedMemory a directory to make, where the shared memory is mounted: below the pod's, so that after a kill
     *     the next start finds it
     */
    static Sandbox create(String hostname, Path sharedMemory) throws IOException, InterruptedException {
        Files.createDirectory(sharedMemory);
        Mounts.mount(
                "tmpfs",
                "shm",
                sharedMemory,
                Set.of(MountAttribute.NO_SUID, MountAttribute.NO_DEV, MountAttribute.NO_EXEC),
                "mode=1777,size=64m");
        boolean done = false;
        try {
            Sandbox sandbox = new Sandbox(namespaces(hostname), sharedMemory);
            done = true;
            return sandbox;
        } finally {
            if (!done) {
                Mounts.unmount(sharedMemory, Mounts.Unmount.DETACH);
            }
        }
    }

    private static List<NamespaceHandle> namespaces(String hostname) throws IOException, InterruptedException {
        return NamespaceThread.inNew(Set.of(Namespace.IPC, Namespace.UTS), () -> {
            // The file shows the host name of whoever opens it: of this thread.
            Files.writeString(
                    Path.of("/proc/sys/kernel/hostname"), hostname.substring(0, Math.min(63, hostname.length())));
            return List.of(NamespaceHandle.ofThisThread(Namespace.IPC), NamespaceHandle.ofThisThread(Namespace.UTS));
        });
    }

    List<NamespaceHandle> namespaces() {
        return namespaces;
    }

    /** What containers have at {@code /dev/shm}. */
    Path sharedMemory() {
        return sharedMemory;
    }

    @Override
    public void close() throws IOException {
        Mounts.unmount(sharedMemory, Mounts.Unmount.DETACH);
        for (NamespaceHandle namespace : namespaces) {
            namespace.close();
        }
    }
}
