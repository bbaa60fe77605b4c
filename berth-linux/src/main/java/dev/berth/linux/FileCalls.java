package dev.berth.linux;

import static dev.berth.linux.Native.INT;
import static dev.berth.linux.Native.LONG;
import static dev.berth.linux.Native.POINTER;
import static dev.berth.linux.Native.broken;
import static dev.berth.linux.Native.function;
import static dev.berth.linux.Native.variadic;

import java.lang.invoke.MethodHandle;

/** Calls on names relative to a directory. Each answers as the kernel does: not negative, or the negated errno. */
final class FileCalls {
    static final int AT_FDCWD = -100;
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_REMOVEDIR = 0x200;
    static final int AT_SYMLINK_FOLLOW = 0x400;
    static final int AT_EMPTY_PATH = 0x1000;
    static final int STATX_BASIC_AND_MOUNT = 0x7ff | 0x1000;

    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_CREAT = 0x40;
    static final int O_EXCL = 0x80;
    static final int O_NOCTTY = 0x100;
    static final int O_NONBLOCK = 0x800;
    static final int O_DIRECTORY = Native.AARCH64 ? 0x4000 : 0x10000;
    static final int O_NOFOLLOW = Native.AARCH64 ? 0x8000 : 0x20000;
    static final int O_CLOEXEC = 0x80000;
    static final int O_PATH = 0x200000;

    private static final int SYS_OPENAT2 = 437;

    private static final MethodHandle OPENAT = variadic(3, "openat", INT, INT, POINTER, INT, INT);
    private static final MethodHandle OPENAT2 = variadic(1, "syscall", LONG, LONG, LONG, LONG, LONG, LONG);
    private static final MethodHandle STATX = function("statx", INT, INT, POINTER, INT, INT, POINTER);
    private static final MethodHandle MKDIRAT = function("mkdirat", INT, INT, POINTER, INT);
    private static final MethodHandle LINKAT = function("linkat", INT, INT, POINTER, INT, POINTER, INT);
    private static final MethodHandle RENAMEAT2 = function("renameat2", INT, INT, POINTER, INT, POINTER, INT);
    private static final MethodHandle UNLINKAT = function("unlinkat", INT, INT, POINTER, INT);
    private static final MethodHandle SYMLINKAT = function("symlinkat", INT, POINTER, INT, POINTER);
    private static final MethodHandle READLINKAT = function("readlinkat", LONG, INT, POINTER, POINTER, LONG);
    private static final MethodHandle FCHMODAT = function("fchmodat", INT, INT, POINTER, INT, INT);
    private static final MethodHandle FCHOWNAT = function("fchownat", INT, INT, POINTER, INT, INT, INT);
    private static final MethodHandle UTIMENSAT = function("utimensat", INT, INT, POINTER, POINTER, INT);
    private static final MethodHandle LLISTXATTR = function("llistxattr", LONG, POINTER, POINTER, LONG);
    private static final MethodHandle LGETXATTR = function("lgetxattr", LONG, POINTER, POINTER, POINTER, LONG);
    private static final MethodHandle LREMOVEXATTR = function("lremovexattr", INT, POINTER, POINTER);

    private FileCalls() {}

    static int openat(Scratch s, int directory, long name, int flags, int mode) {
        try {
            int result;
            do {
                result = s.result((int) OPENAT.invokeExact(s.state(), directory, name, flags | O_CLOEXEC, mode));
            } while (result == -Errno.EINTR.number());
            return result;
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    /** With {@code how} (struct open_how, 24 bytes) in the scratch's structure. */
    static int openat2(Scratch s, int directory, long name) {
        try {
            long result;
            do {
                result = s.result((long)
                        OPENAT2.invokeExact(s.state(), (long) SYS_OPENAT2, (long) directory, name, s.struct(), 24L));
            } while (result == -Errno.EINTR.number() || result == -Errno.EAGAIN.number());
            return (int) result;
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    /** Into the scratch's structure. */
    static int statx(Scratch s, int directory, long name, int flags) {
        try {
            return s.result(
                    (int) STATX.invokeExact(s.state(), directory, name, flags, STATX_BASIC_AND_MOUNT, s.struct()));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int mkdirat(Scratch s, int directory, long name, int mode) {
        try {
            return s.result((int) MKDIRAT.invokeExact(s.state(), directory, name, mode));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int linkat(Scratch s, int from, long name, int to, long newName, int flags) {
        try {
            return s.result((int) LINKAT.invokeExact(s.state(), from, name, to, newName, flags));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int renameat2(Scratch s, int from, long name, int to, long newName, int flags) {
        try {
            return s.result((int) RENAMEAT2.invokeExact(s.state(), from, name, to, newName, flags));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int unlinkat(Scratch s, int directory, long name, int flags) {
        try {
            return s.result((int) UNLINKAT.invokeExact(s.state(), directory, name, flags));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int symlinkat(Scratch s, long target, int directory, long name) {
        try {
            return s.result((int) SYMLINKAT.invokeExact(s.state(), target, directory, name));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int readlinkat(Scratch s, int directory, long name, long to, long size) {
        try {
            return (int) s.result((long) READLINKAT.invokeExact(s.state(), directory, name, to, size));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int fchmodat(Scratch s, int directory, long name, int mode, int flags) {
        try {
            return s.result((int) FCHMODAT.invokeExact(s.state(), directory, name, mode, flags));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int fchownat(Scratch s, int directory, long name, int uid, int gid, int flags) {
        try {
            return s.result((int) FCHOWNAT.invokeExact(s.state(), directory, name, uid, gid, flags));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    /** With the two times (16 bytes each) in the scratch's structure. */
    static int utimensat(Scratch s, int directory, long name, int flags) {
        try {
            return s.result((int) UTIMENSAT.invokeExact(s.state(), directory, name, s.struct(), flags));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int llistxattr(Scratch s, long path, long to, long size) {
        try {
            return (int) s.result((long) LLISTXATTR.invokeExact(s.state(), path, to, size));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int lgetxattr(Scratch s, long path, long name, long to, long size) {
        try {
            return (int) s.result((long) LGETXATTR.invokeExact(s.state(), path, name, to, size));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int lremovexattr(Scratch s, long path, long name) {
        try {
            return s.result((int) LREMOVEXATTR.invokeExact(s.state(), path, name));
        } catch (Throwable t) {
            throw broken(t);
        }
    }
}
