package dev.berth.node;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Mounts;
import dev.berth.node.csi.CsiException;
import dev.berth.node.presentation.Presentation;
import dev.berth.node.presentation.Writable;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The mounts of volumes: made apart and shown only when they are as they must be, and taken away with proof. */
final class VolumeMounts {
    /** The source that mountinfo shows for overlays of ours, with the name of the volume, or of the shared tree, behind it. */
    static final String SOURCE = "berth-";

    private static final int MAX_STACKED = 64;

    private final StateDir state;

    VolumeMounts(StateDir state) {
        this.state = state;
    }

    /** Mounts a tree for a volume. */
    void mount(Presentation presentation, Path tree, VolumeRecord volume) throws IOException {
        try (DetachedMount mount = volume.readOnly()
                ? presentation.readOnly(tree)
                : presentation.readWrite(tree, Writable.in(state.volume(volume.name()), SOURCE + volume.name()))) {
            mount.attach(volume.target());
        }
    }

    /**
     * Takes every mount at a target away and returns only when mountinfo shows none.
     *
     * @return the mounts that are left, as the proof
     * @throws CsiException FAILED_PRECONDITION if it is in use
     */
    LiveMounts unmount(Path target) {
        try {
            for (int i = 0; i < MAX_STACKED; i++) {
                Optional<LinuxException> nothing = unmountTopmost(target);
                LiveMounts left = state.mounts();
                if (!left.isMountPoint(target)) {
                    return left;
                }
                if (nothing.isPresent()) {
                    throw nothing.get();
                }
            }
        } catch (LinuxException e) {
            if (e.is(Errno.EBUSY)) {
                throw new CsiException(
                        Status.Code.FAILED_PRECONDITION,
                        "cannot unmount " + target + ": it is in use; end the processes that use it",
                        e);
            }
            throw Failures.of("cannot unmount " + target, e);
        } catch (IOException e) {
            throw Failures.of("cannot prove that " + target + " is unmounted", e);
        }
        throw new CsiException(Status.Code.INTERNAL, "more than " + MAX_STACKED + " mounts are stacked at " + target);
    }

    /** What the kernel says if nothing is mounted there that the path leads to. */
    private static Optional<LinuxException> unmountTopmost(Path target) throws LinuxException {
        try {
            Mounts.unmount(target, Mounts.Unmount.IDLE);
            return Optional.empty();
        } catch (LinuxException e) {
            if (e.is(Errno.EINVAL) || e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
                return Optional.of(e);
            }
            throw e;
        }
    }

    /** Whether the mount of a volume is at its target. */
    static boolean mounted(VolumeRecord volume, LiveMounts mounts, StateDir state) {
        return mounts.at(volume.target())
                .anyMatch(mount -> volume.readOnly()
                        ? mounts.shows(mount, state.tree(volume.tree()))
                                || mount.source().equals(SOURCE + volume.tree())
                        : mount.source().equals(SOURCE + volume.name()));
    }
}
