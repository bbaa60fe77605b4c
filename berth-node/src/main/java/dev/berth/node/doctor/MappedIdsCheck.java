package dev.berth.node.doctor;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.FileSystemContext;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceHandle;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Whether what pods with {@code hostUsers: false} have can be mounted: their runtime maps the ids of their volumes, which are trees of hard
 * links on the file system of the agent's root, and of the tmpfs with their tokens.
 */
final class MappedIdsCheck {
    static final String NAME = "mapped ids";

    private static final String CHANGE = "for pods with hostUsers: false use Linux 6.3 or newer, and ";
    private static final long SECONDS = 5;

    private MappedIdsCheck() {}

    /** @param scratch a directory on the file system of the root; left as it is */
    static Finding run(Path root, Path scratch) {
        Process process;
        try {
            // A JVM has too many threads to make a user namespace itself.
            process = new ProcessBuilder("unshare", "--user", "--map-root-user", "cat", "/proc/self/uid_map", "-")
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            return Finding.limited(
                    NAME, "cannot be tried: there is no unshare", "install unshare (util-linux) where this is run");
        }
        try {
            return in(process, root, scratch);
        } finally {
            process.destroyForcibly();
        }
    }

    private static Finding in(Process process, Path root, Path scratch) {
        String said;
        Thread limit = Thread.ofVirtual().start(() -> endIfLate(process));
        try (BufferedReader from = process.inputReader()) {
            // The ids say that the namespace is there; then it waits for us.
            said = String.valueOf(from.readLine());
            if (said.matches("[ 0-9]+")) {
                try (NamespaceHandle users = NamespaceHandle.ofProcess(process.pid(), Namespace.USER)) {
                    return mapped(users, root, scratch);
                }
            }
        } catch (IOException e) {
            said = String.valueOf(e.getMessage());
        } finally {
            limit.interrupt();
        }
        return Finding.limited(
                NAME,
                "no user namespace can be made: " + said,
                "set the sysctl user.max_user_namespaces above 0, if pods shall have hostUsers: false");
    }

    private static void endIfLate(Process process) {
        try {
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            // it came
        }
    }

    private static Finding mapped(NamespaceHandle users, Path root, Path scratch) {
        try (DetachedMount volume = DetachedMount.copy(scratch, false)) {
            volume.mapIds(users, false);
        } catch (LinuxException e) {
            return Finding.limited(
                    NAME,
                    "the file system of " + root + " can't be mounted with mapped ids: " + e.getMessage(),
                    CHANGE + "a --root on a file system that can do it, such as ext4, xfs or btrfs");
        }
        try (FileSystemContext tmpfs = FileSystemContext.of("tmpfs");
                DetachedMount tokens = tmpfs.mount(Set.of())) {
            tokens.mapIds(users, false);
        } catch (LinuxException e) {
            return Finding.limited(
                    NAME,
                    "no tmpfs can be mounted with mapped ids: " + e.getMessage(),
                    CHANGE + "a kernel with CONFIG_TMPFS");
        }
        return Finding.ok(
                NAME,
                "pods with hostUsers: false can have volumes from " + root
                        + ", read-only, as trees of hard links, and containers without volumes binds: overlays can't have mapped ids");
    }
}
