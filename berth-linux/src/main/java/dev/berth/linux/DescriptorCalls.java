package dev.berth.linux;

import static dev.berth.linux.Native.INT;
import static dev.berth.linux.Native.LONG;
import static dev.berth.linux.Native.POINTER;
import static dev.berth.linux.Native.broken;
import static dev.berth.linux.Native.function;
import static dev.berth.linux.Native.variadic;

import java.lang.invoke.MethodHandle;

/** Calls on a descriptor alone. Each answers as the kernel does: not negative, or the negated errno. */
final class DescriptorCalls {
    private static final int EINTR = -Errno.EINTR.number();
    private static final long FICLONE = 0x40049409L;

    private static final MethodHandle CLOSE = function("close", INT, INT);
    private static final MethodHandle GETDENTS64 = function("getdents64", LONG, INT, POINTER, LONG);
    private static final MethodHandle LSEEK = function("lseek", LONG, INT, LONG, INT);
    private static final MethodHandle READ = function("read", LONG, INT, POINTER, LONG);
    private static final MethodHandle WRITE = function("write", LONG, INT, POINTER, LONG);
    private static final MethodHandle PREAD = function("pread", LONG, INT, POINTER, LONG, LONG);
    private static final MethodHandle PWRITE = function("pwrite", LONG, INT, POINTER, LONG, LONG);
    private static final MethodHandle FTRUNCATE = function("ftruncate", INT, INT, LONG);
    private static final MethodHandle FALLOCATE = function("fallocate", INT, INT, INT, LONG, LONG);
    private static final MethodHandle FSYNC = function("fsync", INT, INT);
    private static final MethodHandle FDATASYNC = function("fdatasync", INT, INT);
    private static final MethodHandle SYNCFS = function("syncfs", INT, INT);
    private static final MethodHandle FCHMOD = function("fchmod", INT, INT, INT);
    private static final MethodHandle FCHOWN = function("fchown", INT, INT, INT, INT);
    private static final MethodHandle FUTIMENS = function("futimens", INT, INT, POINTER);
    private static final MethodHandle FSTATVFS = function("fstatvfs", INT, INT, POINTER);
    private static final MethodHandle FSTATFS = function("fstatfs", INT, INT, POINTER);
    private static final MethodHandle FLOCK = function("flock", INT, INT, INT);
    private static final MethodHandle IOCTL = variadic(2, "ioctl", INT, INT, LONG, LONG);
    private static final MethodHandle COPY_FILE_RANGE =
            function("copy_file_range", LONG, INT, POINTER, INT, POINTER, LONG, INT);

    private DescriptorCalls() {}

    static int close(Scratch s, int fd) {
        try {
            return s.result((int) CLOSE.invokeExact(s.state(), fd));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int getdents64(Scratch s, int fd, long to, long size) {
        try {
            return (int) s.result((long) GETDENTS64.invokeExact(s.state(), fd, to, size));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static long seek(Scratch s, int fd, long position) {
        try {
            return s.result((long) LSEEK.invokeExact(s.state(), fd, position, 0));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int read(Scratch s, int fd, long to, long size) {
        try {
            long result;
            do {
                result = s.result((long) READ.invokeExact(s.state(), fd, to, size));
            } while (result == EINTR);
            return (int) result;
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int write(Scratch s, int fd, long from, long size) {
        try {
            long result;
            do {
                result = s.result((long) WRITE.invokeExact(s.state(), fd, from, size));
            } while (result == EINTR);
            return (int) result;
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int pread(Scratch s, int fd, long to, long size, long position) {
        try {
            long result;
            do {
                result = s.result((long) PREAD.invokeExact(s.state(), fd, to, size, position));
            } while (result == EINTR);
            return (int) result;
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int pwrite(Scratch s, int fd, long from, long size, long position) {
        try {
            long result;
            do {
                result = s.result((long) PWRITE.invokeExact(s.state(), fd, from, size, position));
            } while (result == EINTR);
            return (int) result;
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int ftruncate(Scratch s, int fd, long size) {
        try {
            int result;
            do {
                result = s.result((int) FTRUNCATE.invokeExact(s.state(), fd, size));
            } while (result == EINTR);
            return result;
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int fallocate(Scratch s, int fd, long size) {
        try {
            int result;
            do {
                result = s.result((int) FALLOCATE.invokeExact(s.state(), fd, 0, 0L, size));
            } while (result == EINTR);
            return result;
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int fsync(Scratch s, int fd) {
        try {
            return s.result((int) FSYNC.invokeExact(s.state(), fd));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int fdatasync(Scratch s, int fd) {
        try {
            return s.result((int) FDATASYNC.invokeExact(s.state(), fd));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int syncfs(Scratch s, int fd) {
        try {
            return s.result((int) SYNCFS.invokeExact(s.state(), fd));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int fchmod(Scratch s, int fd, int mode) {
        try {
            return s.result((int) FCHMOD.invokeExact(s.state(), fd, mode));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int fchown(Scratch s, int fd, int uid, int gid) {
        try {
            return s.result((int) FCHOWN.invokeExact(s.state(), fd, uid, gid));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    /** With the two times (16 bytes each) in the scratch's structure. */
    static int futimens(Scratch s, int fd) {
        try {
            return s.result((int) FUTIMENS.invokeExact(s.state(), fd, s.struct()));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    /** Into the scratch's structure. */
    static int fstatvfs(Scratch s, int fd) {
        try {
            return s.result((int) FSTATVFS.invokeExact(s.state(), fd, s.struct()));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    /** Into the scratch's structure. */
    static int fstatfs(Scratch s, int fd) {
        try {
            return s.result((int) FSTATFS.invokeExact(s.state(), fd, s.struct()));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static int flock(Scratch s, int fd, int operation) {
        try {
            int result;
            do {
                result = s.result((int) FLOCK.invokeExact(s.state(), fd, operation));
            } while (result == EINTR);
            return result;
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    /** The ioctl FICLONE: {@code to} shares all blocks of {@code from}. */
    static int clone(Scratch s, int to, int from) {
        try {
            return s.result((int) IOCTL.invokeExact(s.state(), to, FICLONE, (long) from));
        } catch (Throwable t) {
            throw broken(t);
        }
    }

    static long copyFileRange(Scratch s, int from, int to, long size) {
        try {
            long result;
            do {
                result = s.result((long) COPY_FILE_RANGE.invokeExact(s.state(), from, 0L, to, 0L, size, 0));
            } while (result == EINTR);
            return result;
        } catch (Throwable t) {
            throw broken(t);
        }
    }
}
