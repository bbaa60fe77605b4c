package dev.berth.node;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.FileSystemContext;
import dev.berth.linux.LinuxException;
import dev.berth.linux.MountAttribute;
import dev.berth.linux.Mounts;
import dev.berth.linux.Names;
import dev.berth.linux.Propagation;
import dev.berth.node.csi.CsiException;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** The mounts of volumes: made apart and shown only when they are as they must be, and taken away with proof. */
final class VolumeMounts {
    /** The source that mountinfo shows for overlays of ours, with the volume's name behind it. */
    static final String SOURCE = "berth-";

    private static final int MAX_STACKED = 64;

    /** The kernel's limit for words of fsconfig(2), less the zero byte. */
    private static final int MAX_WORD = 255;

    private final StateDir state;

    VolumeMounts(StateDir state) {
        this.state = state;
    }

    /**
     * Mounts a tree read-only: this mount and every one below it, before anybody can see it, so it is never writable for
     * a moment and nothing has to be taken back.
     */
    void bind(Path tree, Path target) throws IOException {
        try (DetachedMount mount = DetachedMount.copy(tree, true)) {
            mount.setAttributes(Set.of(MountAttribute.READ_ONLY), Set.of(), true);
            // Else it would be a peer of the tree's own mount: a mount in one volume would show in all of them.
            mount.setPropagation(Propagation.PRIVATE, true);
            mount.attach(target);
        }
    }

    /** Mounts a volume's own writable layer above a tree. */
    void overlay(Path tree, String volume, Path target) throws IOException {
        Path upper = Files.createDirectories(state.volume(volume).resolve("upper"));
        Path work = Files.createDirectories(state.volume(volume).resolve("work"));
        try (Directory directory = Directory.open(upper)) {
            // What pods see as the volume's own mode.
            directory.setPermissions(0755);
        }
        try (FileSystemContext overlay = FileSystemContext.of("overlay")) {
            overlay.option("source", SOURCE + volume);
            // What is written goes with the volume: nothing has to reach the disk, least of all while unmounting.
            overlay.flag("volatile");
            if (word(tree) && word(upper) && word(work)) {
                overlay.option("lowerdir", escaped(tree));
                overlay.option("upperdir", escaped(upper));
                overlay.option("workdir", escaped(work));
                attach(overlay, target);
            } else {
                // Linux 6.13 takes directories of any length of path.
                try (Directory lowerDir = Directory.open(tree);
                        Directory upperDir = Directory.open(upper);
                        Directory workDir = Directory.open(work)) {
                    overlay.option("lowerdir+", lowerDir);
                    overlay.option("upperdir", upperDir);
                    overlay.option("workdir", workDir);
                    attach(overlay, target);
                }
            }
        }
    }

    private static void attach(FileSystemContext overlay, Path target) throws IOException {
        try (DetachedMount mount = overlay.mount(Set.of())) {
            mount.attach(target);
        }
    }

    private static boolean word(Path path) {
        return Names.bytes(path).length + escapes(path) <= MAX_WORD;
    }

    private static long escapes(Path path) {
        return path.toString()
                .chars()
                .filter(c -> c == ':' || c == '\\' || c == ',')
                .count();
    }

    /** Overlayfs splits its options at colons and commas and takes a backslash for an escape. */
    private static String escaped(Path path) {
        return path.toString().replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,");
    }

    /**
     * Takes every mount at a target away and returns only when mountinfo shows none.
     *
     * @throws CsiException FAILED_PRECONDITION if it is in use
     */
    void unmount(Path target) {
        try {
            for (int i = 0; i < MAX_STACKED; i++) {
                if (!LiveMounts.read(state.base()).isMountPoint(target)) {
                    return;
                }
                Mounts.unmount(target, Mounts.Unmount.IDLE);
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

    /** Whether the mount of a volume is at its target. */
    static boolean mounted(VolumeRecord volume, LiveMounts mounts, StateDir state) {
        return mounts.at(volume.target())
                .anyMatch(mount -> volume.readOnly()
                        ? mounts.shows(mount, state.tree(volume.tree()))
                        : mount.source().equals(SOURCE + volume.name()));
    }
}
