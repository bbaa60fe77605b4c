package dev.berth.linux;

import java.nio.file.Path;
import java.util.Set;

/**
 * Mounts by path, in the mount namespace of the calling thread. The final component of a path to unmount is never
 * followed. All need CAP_SYS_ADMIN.
 */
public final class Mounts {
    private static final int MS_BIND = 4096;
    private static final int MS_REC = 16384;
    private static final int MNT_DETACH = 2;
    private static final int UMOUNT_NOFOLLOW = 8;
    private static final byte[] EMPTY = {};

    private Mounts() {}

    /** Whether something is left out of reach of what holds files open below it, or taken along. */
    public enum Unmount {
        /** EBUSY as long as anything uses it. */
        IDLE,
        /** At once, with all below it; what is open stays usable until it is closed (MNT_DETACH). */
        DETACH
    }

    /**
     * Mounts a new file system (mount(2)).
     *
     * @param type such as {@code tmpfs}
     * @param source the device, or any word where there is none
     * @param target an existing directory
     * @param data the file system's own options, comma-separated, up to a page; may be empty
     */
    public static void mount(String type, String source, Path target, Set<MountAttribute> attributes, String data)
            throws LinuxException {
        try (Scratch names = Scratch.take();
                Scratch more = Scratch.take()) {
            int result = MountCalls.mount(
                    names,
                    names.first(Names.bytes(source)),
                    names.second(Names.bytes(target)),
                    more.first(Names.bytes(type)),
                    MountAttribute.flags(attributes),
                    more.second(Names.bytes(data)));
            if (result < 0) {
                throw new LinuxException(
                        new Errno(-result), "mount", type + (data.isEmpty() ? "" : " with " + data) + on(target));
            }
        }
    }

    /**
     * Shows a file or directory at another place, too.
     *
     * @param recursive with the mounts below it
     */
    public static void bind(Path source, Path target, boolean recursive) throws LinuxException {
        try (Scratch names = Scratch.take();
                Scratch more = Scratch.take()) {
            int result = MountCalls.mount(
                    names,
                    names.first(Names.bytes(source)),
                    names.second(Names.bytes(target)),
                    more.first(EMPTY),
                    MS_BIND | (recursive ? MS_REC : 0),
                    0);
            if (result < 0) {
                throw new LinuxException(new Errno(-result), "mount", show(source) + on(target));
            }
        }
    }

    /** Sets and clears attributes of the mount at a path and, if recursive, of all below it, or of none (Linux 5.12). */
    public static void setAttributes(Path target, Set<MountAttribute> set, Set<MountAttribute> clear, boolean recursive)
            throws LinuxException {
        change(target, MountAttribute.attributes(set), MountAttribute.cleared(set, clear), 0, recursive);
    }

    /** Sets the propagation of the mount at a path and, if recursive, of all below it. */
    public static void setPropagation(Path target, Propagation propagation, boolean recursive) throws LinuxException {
        try (Scratch names = Scratch.take()) {
            int result = MountCalls.mount(
                    names,
                    names.first(EMPTY),
                    names.second(Names.bytes(target)),
                    names.first(EMPTY),
                    propagation.flag | (recursive ? MS_REC : 0),
                    0);
            if (result < 0) {
                throw new LinuxException(new Errno(-result), "mount " + propagation, show(target));
            }
        }
    }

    private static void change(Path target, long set, long clear, long propagation, boolean recursive)
            throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int result = MountCalls.change(
                    s,
                    FileCalls.AT_FDCWD,
                    s.first(Names.bytes(target)),
                    recursive ? MountCalls.AT_RECURSIVE : 0,
                    set,
                    clear,
                    propagation);
            if (result < 0) {
                throw new LinuxException(new Errno(-result), "mount_setattr", show(target));
            }
        }
    }

    /**
     * Takes the topmost mount at a path away.
     *
     * @throws LinuxException EINVAL if nothing is mounted there, EBUSY if it is in use
     */
    public static void unmount(Path target, Unmount how) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int result = MountCalls.umount2(
                    s, s.first(Names.bytes(target)), UMOUNT_NOFOLLOW | (how == Unmount.DETACH ? MNT_DETACH : 0));
            if (result < 0) {
                throw new LinuxException(new Errno(-result), "umount2", show(target));
            }
        }
    }

    static String show(Path path) {
        return Names.show(Names.bytes(path));
    }

    private static String on(Path target) {
        return " on " + show(target);
    }
}
