package dev.berth.node;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.node.csi.CsiException;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The places that callers want volumes at. */
final class Targets {
    private static final Logger LOG = LoggerFactory.getLogger(Targets.class);

    private Targets() {}

    /** The path as mountinfo would show it: links in its parents followed; empty if the parent does not exist. */
    static Optional<Path> resolve(Path target) {
        Path parent = target.getParent();
        Path name = target.getFileName();
        if (parent == null || name == null) {
            throw new CsiException(Status.Code.INVALID_ARGUMENT, "the target path " + target + " has no parent");
        }
        try {
            return Optional.of(parent.toRealPath().resolve(name));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw Failures.of("cannot look at the target path " + target, e);
        }
    }

    /** Refuses what can't be mounted on. */
    static void check(Path target, StateDir state) {
        refuseOwn(target, state);
        if (Files.isSymbolicLink(target)) {
            throw refused("the target path " + target + " is a symbolic link: nothing is mounted through one");
        }
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(target)) {
            throw refused("the target path " + target + " is a file, not a directory");
        }
    }

    /** Refuses a target that holds, or lies in, the agent's own files. */
    static void refuseOwn(Path target, StateDir state) {
        if (state.base().startsWith(target) || target.startsWith(state.base())) {
            throw refused("the target path " + target + " overlaps the agent's own " + state.base());
        }
    }

    /** Makes the last component, as the specification asks of the driver. */
    static void make(Path target) throws IOException {
        Files.createDirectory(target);
    }

    /** Removes a target that was made, unless something is mounted there or lies in it, or something else took its place. */
    static void remove(Path target, LiveMounts mounts) throws LinuxException {
        Path parent = target.getParent();
        if (parent == null || mounts.isMountPoint(target)) {
            return;
        }
        byte[] name = Names.bytes(String.valueOf(target.getFileName()));
        try (Directory directory = Directory.open(parent)) {
            // Asked first, as a read-only file system refuses to remove what is not there, too.
            if (directory.statIfExists(name).isPresent()) {
                directory.removeDirectory(name);
            }
        } catch (LinuxException e) {
            if (e.is(Errno.ENOTEMPTY) || e.is(Errno.ENOTDIR)) {
                LOG.warn("{} is not the empty directory that the agent made, and is left as it is", target);
            } else if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
    }

    private static CsiException refused(String message) {
        return new CsiException(Status.Code.INVALID_ARGUMENT, message);
    }
}
