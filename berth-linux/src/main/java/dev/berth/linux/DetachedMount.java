package dev.berth.linux;

import java.nio.file.Path;
import java.util.Set;

/**
 * A mount, or a tree of mounts, that is in no mount namespace yet (open_tree(2), fsmount(2)). Once attached, the
 * descriptor still names it. What was never attached is gone when it is closed.
 */
public final class DetachedMount extends Descriptor {
    private static final byte[] EMPTY = {};
    private static final long MOUNT_ATTR_IDMAP = 0x00100000;

    DetachedMount(int number) {
        super(number);
    }

    /**
     * A copy of what is mounted at a path, as a bind mount would show it.
     *
     * @param recursive with the mounts below it
     */
    public static DetachedMount copy(Path source, boolean recursive) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int fd = MountCalls.openTree(s, FileCalls.AT_FDCWD, s.first(Names.bytes(source)), flags(recursive));
            if (fd < 0) {
                throw new LinuxException(new Errno(-fd), "open_tree", Mounts.show(source));
            }
            return new DetachedMount(fd);
        }
    }

    /** As {@link #copy(Path, boolean)} of an open directory. */
    public static DetachedMount copy(Directory source, boolean recursive) throws LinuxException {
        return copyOf(source, recursive);
    }

    /** As {@link #copy(Path, boolean)} of a file or directory. */
    public static DetachedMount copy(Place source, boolean recursive) throws LinuxException {
        return copyOf(source, recursive);
    }

    private static DetachedMount copyOf(Descriptor source, boolean recursive) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int flags = flags(recursive) | FileCalls.AT_EMPTY_PATH;
            return new DetachedMount(
                    source.check(MountCalls.openTree(s, source.open(), s.first(EMPTY), flags), "open_tree"));
        }
    }

    private static int flags(boolean recursive) {
        return MountCalls.OPEN_TREE_CLONE | (recursive ? MountCalls.AT_RECURSIVE : 0);
    }

    /** Sets and clears attributes of the mount and, if recursive, of all below it, or of none. */
    public void setAttributes(Set<MountAttribute> set, Set<MountAttribute> clear, boolean recursive)
            throws LinuxException {
        change(MountAttribute.attributes(set), MountAttribute.cleared(set, clear), 0, recursive);
    }

    /** Sets the propagation of the mount and, if recursive, of all below it. */
    public void setPropagation(Propagation propagation, boolean recursive) throws LinuxException {
        change(0, 0, propagation.flag, recursive);
    }

    private void change(long set, long clear, long propagation, boolean recursive) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int flags = FileCalls.AT_EMPTY_PATH | (recursive ? MountCalls.AT_RECURSIVE : 0);
            check(MountCalls.change(s, open(), s.first(EMPTY), flags, set, clear, propagation), "mount_setattr");
        }
    }

    /**
     * Shows the owners of files as they are called in a user namespace that has its ids, once, before it is attached.
     *
     * @param recursive with the mounts below it: all or none
     * @throws LinuxException EINVAL if a file system can't be mounted so
     */
    public void mapIds(NamespaceHandle users, boolean recursive) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            s.setLong(0, MOUNT_ATTR_IDMAP);
            s.setLong(8, 0);
            s.setLong(16, 0);
            s.setLong(24, users.open());
            int flags = FileCalls.AT_EMPTY_PATH | (recursive ? MountCalls.AT_RECURSIVE : 0);
            check(MountCalls.mountSetattr(s, open(), s.first(EMPTY), flags), "mount_setattr");
        }
    }

    /** Attaches it at an existing path, in the mount namespace of the calling thread. */
    public void attach(Path target) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            attached(
                    MountCalls.moveMount(
                            s,
                            open(),
                            s.first(EMPTY),
                            FileCalls.AT_FDCWD,
                            s.second(Names.bytes(target)),
                            MountCalls.MOVE_MOUNT_F_EMPTY_PATH),
                    Mounts.show(target));
        }
    }

    /** Attaches it on an open directory, whatever its path has become. */
    public void attach(Directory target) throws LinuxException {
        attachOn(target);
    }

    /** Attaches it on a file or directory; one that is no directory can only be attached on one that is none, too. */
    public void attach(Place target) throws LinuxException {
        attachOn(target);
    }

    private void attachOn(Descriptor target) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            attached(
                    MountCalls.moveMount(
                            s,
                            open(),
                            s.first(EMPTY),
                            target.open(),
                            s.second(EMPTY),
                            MountCalls.MOVE_MOUNT_F_EMPTY_PATH | MountCalls.MOVE_MOUNT_T_EMPTY_PATH),
                    target.toString());
        }
    }

    private void attached(int result, String target) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(new Errno(-result), "move_mount", "on " + target);
        }
    }

    /** Opens its root, if that is a directory; works before it is attached. */
    public Directory root() throws LinuxException {
        try (Scratch s = Scratch.take()) {
            byte[] dot = {'.'};
            return new Directory(check(
                    FileCalls.openat(s, open(), s.first(dot), FileCalls.O_RDONLY | FileCalls.O_DIRECTORY, 0),
                    "openat"));
        }
    }
}
