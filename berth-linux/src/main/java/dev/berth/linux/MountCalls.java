package dev.berth.linux;

/** Calls on mounts. Each answers as the kernel does: not negative, or the negated errno. */
final class MountCalls {
    static final int AT_RECURSIVE = 0x8000;
    static final int OPEN_TREE_CLONE = 1;
    static final int MOVE_MOUNT_F_EMPTY_PATH = 0x04;
    static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    static final int CLOEXEC = 1;

    private static final NativeFunction MOUNT = NativeFunction.of("mount");
    private static final NativeFunction UMOUNT2 = NativeFunction.of("umount2");
    private static final NativeFunction OPEN_TREE = NativeFunction.of("open_tree");
    private static final NativeFunction MOVE_MOUNT = NativeFunction.of("move_mount");
    private static final NativeFunction FSOPEN = NativeFunction.of("fsopen");
    private static final NativeFunction FSCONFIG = NativeFunction.of("fsconfig");
    private static final NativeFunction FSMOUNT = NativeFunction.of("fsmount");
    private static final NativeFunction MOUNT_SETATTR = NativeFunction.of("mount_setattr");

    private MountCalls() {}

    static int mount(Scratch s, long source, long target, long type, long flags, long data) {
        return MOUNT.call(s, source, target, type, flags, data);
    }

    static int umount2(Scratch s, long target, int flags) {
        return UMOUNT2.call(s, target, flags);
    }

    static int openTree(Scratch s, int directory, long path, int flags) {
        return OPEN_TREE.call(s, directory, path, flags | FileCalls.O_CLOEXEC);
    }

    static int moveMount(Scratch s, int from, long path, int to, long target, int flags) {
        return MOVE_MOUNT.call(s, from, path, to, target, flags);
    }

    static int fsopen(Scratch s, long type) {
        return FSOPEN.call(s, type, CLOEXEC);
    }

    static int fsconfig(Scratch s, int fd, int command, long key, long value, int aux) {
        return FSCONFIG.call(s, fd, command, key, value, aux);
    }

    static int fsmount(Scratch s, int fd, int attributes) {
        return FSMOUNT.call(s, fd, CLOEXEC, attributes);
    }

    /** With struct mount_attr (32 bytes) in the scratch's structure. */
    static int mountSetattr(Scratch s, int directory, long path, int flags) {
        return MOUNT_SETATTR.call(s, directory, path, flags, s.struct(), 32L);
    }

    /** Fills struct mount_attr and calls {@link #mountSetattr}. */
    static int change(Scratch s, int directory, long path, int flags, long set, long clear, long propagation) {
        s.setLong(0, set);
        s.setLong(8, clear);
        s.setLong(16, propagation);
        s.setLong(24, 0);
        return mountSetattr(s, directory, path, flags);
    }
}
