package dev.berth.run;

import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceHandle;
import dev.berth.linux.NamespaceThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What the containers of a pod share: host name and System V IPC. The network is this machine's. */
final class Sandbox implements AutoCloseable {
    private final List<NamespaceHandle> namespaces;

    private Sandbox(List<NamespaceHandle> namespaces) {
        this.namespaces = List.copyOf(namespaces);
    }

    /** @param hostname up to 63 characters; longer ones are cut */
    static Sandbox create(String hostname) throws IOException, InterruptedException {
        return new Sandbox(NamespaceThread.inNew(Set.of(Namespace.IPC, Namespace.UTS), () -> {
            // The file shows the host name of whoever opens it: of this thread.
            Files.writeString(
                    Path.of("/proc/sys/kernel/hostname"), hostname.substring(0, Math.min(63, hostname.length())));
            return List.of(NamespaceHandle.ofThisThread(Namespace.IPC), NamespaceHandle.ofThisThread(Namespace.UTS));
        }));
    }

    List<NamespaceHandle> namespaces() {
        return namespaces;
    }

    @Override
    public void close() throws IOException {
        for (NamespaceHandle namespace : namespaces) {
            namespace.close();
        }
    }
}
