package dev.berth.node.injection;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceHandle;
import dev.berth.linux.NamespaceThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whom a container takes for root: the node's, or somebody else in its own user namespace ({@code hostUsers: false}).
 *
 * @param pid a process of the container, by its number here
 * @param user the user who is root there
 * @param group the group that is root's there
 */
record ContainerUsers(long pid, int user, int group) {
    private static final int NOBODY = -1;

    /** @throws IOException if the process is gone */
    static ContainerUsers of(long pid) throws IOException {
        Path process = Path.of("/proc/" + pid);
        return new ContainerUsers(pid, root(process.resolve("uid_map")), root(process.resolve("gid_map")));
    }

    /** Lines of {@code INSIDE OUTSIDE COUNT}. */
    private static int root(Path map) throws IOException {
        return Files.readString(map)
                .lines()
                .map(line -> line.strip().split(" +"))
                .filter(range -> range[0].equals("0"))
                .mapToInt(range -> Integer.parseUnsignedInt(range[1]))
                .findFirst()
                .orElse(NOBODY);
    }

    /**
     * Has what is root's be its root's in a mount that is not attached, as runtimes do with volumes; else it would be nobody's there.
     *
     * @param needed whether the container is to write to it; if not, what can't be mounted so is left as it is, for all may read it
     * @throws RefusedException if it is needed, and the file systems can't
     */
    void map(DetachedMount mount, boolean needed) throws IOException {
        try (NamespaceHandle theirs = NamespaceHandle.ofProcess(pid, Namespace.USER);
                NamespaceHandle ours = NamespaceHandle.ofThisThread(Namespace.USER)) {
            if (!theirs.isSame(ours)) {
                mount.mapIds(theirs, true);
            }
        } catch (LinuxException e) {
            if (!e.is(Errno.EINVAL)) {
                throw e;
            }
            if (needed) {
                throw new RefusedException(
                        "the container could not write to its /nix, which can't be mounted with the ids of its"
                                + " user namespace (" + e.getMessage()
                                + "): have it read-only, or set hostUsers: true");
            }
        }
    }

    /** Has this thread make files as the container's root, whose they are then, as runtimes do. */
    void act() {
        if (user != NOBODY && group != NOBODY) {
            NamespaceThread.actOnFilesAs(user, group);
        }
    }

    /** Has it make them as ours again. */
    static void rest() {
        NamespaceThread.actOnFilesAs(0, 0);
    }
}
