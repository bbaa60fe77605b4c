package dev.berth.linux;

import static dev.berth.linux.Native.INT;
import static dev.berth.linux.Native.LONG;
import static dev.berth.linux.Native.POINTER;
import static dev.berth.linux.Native.broken;
import static dev.berth.linux.Native.function;

import java.lang.invoke.MethodHandle;

/** Calls on mounts. Each answers as the kernel does: not negative, or the negated errno. */
final class MountCalls {
    static final int AT_RECURSIVE = 0x8000;
    static final int OPEN_TREE_CLONE = 1;
    static final int MOVE_MOUNT_F_EMPTY_PATH = 0x04;
    static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    static final int CLOEXEC = 1;

    private static final MethodHandle MOUNT = function("mount", INT, POINTER, POINTER, POINTER, LONG, POINTER);
    private static final MethodHandle UMOUNT2 = function("umount2", INT, POINTER, INT);
    private static final MethodHandle OPEN_TREE = function("open_tree", INT, INT, POINTER, INT);
    private static final MethodHandle MOVE_MOUNT = function("move_mount", INT, INT, POINTER, INT, POINTER, INT);
    private static final MethodHandle FSOPEN = function("fsopen", INT, POINTER, INT);
    private static final MethodHandle FSCONFIG = function("fsconfig", INT, INT, INT, POINTER, POINTER, INT);
    private static final MethodHandle FSMOUNT = function("fsmount", INT, INT, INT, INT);
    private static final MethodHandle MOUNT_SETATTR = function("mount_setattr", INT, INT, POINTER, INT, POINTER, LONG);

    private MountCalls() {}

    static int mount(Scratch s, long source, long target, long type, long flags, long data) {
        try {
            return s.result((int) MOUNT.invokeExact(s.state(), source, target, type, flags, data));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int umount2(Scratch s, long target, int flags) {
        try {
            return s.result((int) UMOUNT2.invokeExact(s.state(), target, flags));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int openTree(Scratch s, int directory, long path, int flags) {
        try {
            return s.result((int) OPEN_TREE.invokeExact(s.state(), directory, path, flags | FileCalls.O_CLOEXEC));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int moveMount(Scratch s, int from, long path, int to, long target, int flags) {
        try {
            return s.result((int) MOVE_MOUNT.invokeExact(s.state(), from, path, to, target, flags));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int fsopen(Scratch s, long type) {
        try {
            return s.result((int) FSOPEN.invokeExact(s.state(), type, CLOEXEC));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int fsconfig(Scratch s, int fd, int command, long key, long value, int aux) {
        try {
            return s.result((int) FSCONFIG.invokeExact(s.state(), fd, command, key, value, aux));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int fsmount(Scratch s, int fd, int attributes) {
        try {
            return s.result((int) FSMOUNT.invokeExact(s.state(), fd, CLOEXEC, attributes));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    /** With struct mount_attr (32 bytes) in the scratch's structure. */
    static int mountSetattr(Scratch s, int directory, long path, int flags) {
        try {
            return s.result((int) MOUNT_SETATTR.invokeExact(s.state(), directory, path, flags, s.struct(), 32L));
        } catch (Throwable t) {
            throw broken(t);
        }
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
