package dev.berth.linux;

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
    static final int O_DIRECTORY = NativeFunction.AARCH64 ? 0x4000 : 0x10000;
    static final int O_NOFOLLOW = NativeFunction.AARCH64 ? 0x8000 : 0x20000;
    static final int O_CLOEXEC = 0x80000;
    static final int O_PATH = 0x200000;

    private static final int SYS_OPENAT2 = 437;

    private static final NativeFunction OPENAT = NativeFunction.of("openat");
    private static final NativeFunction SYSCALL = NativeFunction.of("syscall");
    private static final NativeFunction STATX = NativeFunction.of("statx");
    private static final NativeFunction MKDIRAT = NativeFunction.of("mkdirat");
    private static final NativeFunction LINKAT = NativeFunction.of("linkat");
    private static final NativeFunction RENAMEAT2 = NativeFunction.of("renameat2");
    private static final NativeFunction UNLINKAT = NativeFunction.of("unlinkat");
    private static final NativeFunction SYMLINKAT = NativeFunction.of("symlinkat");
    private static final NativeFunction READLINKAT = NativeFunction.of("readlinkat");
    private static final NativeFunction FCHMODAT = NativeFunction.of("fchmodat");
    private static final NativeFunction FCHOWNAT = NativeFunction.of("fchownat");
    private static final NativeFunction UTIMENSAT = NativeFunction.of("utimensat");
    private static final NativeFunction LLISTXATTR = NativeFunction.of("llistxattr");
    private static final NativeFunction LGETXATTR = NativeFunction.of("lgetxattr");
    private static final NativeFunction LREMOVEXATTR = NativeFunction.of("lremovexattr");

    private FileCalls() {}

    static int openat(Scratch s, int directory, long name, int flags, int mode) {
        int result;
        do {
            result = OPENAT.call(s, directory, name, flags | O_CLOEXEC, mode);
        } while (result == -Errno.EINTR.number());
        return result;
    }

    /** With {@code how} (struct open_how, 24 bytes) in the scratch's structure. */
    static int openat2(Scratch s, int directory, long name) {
        int result;
        do {
            result = SYSCALL.call(s, SYS_OPENAT2, directory, name, s.struct(), 24);
        } while (result == -Errno.EINTR.number() || result == -Errno.EAGAIN.number());
        return result;
    }

    /** Into the scratch's structure. */
    static int statx(Scratch s, int directory, long name, int flags) {
        return STATX.call(s, directory, name, flags, STATX_BASIC_AND_MOUNT, s.struct());
    }

    static int mkdirat(Scratch s, int directory, long name, int mode) {
        return MKDIRAT.call(s, directory, name, mode);
    }

    static int linkat(Scratch s, int from, long name, int to, long newName, int flags) {
        return LINKAT.call(s, from, name, to, newName, flags);
    }

    static int renameat2(Scratch s, int from, long name, int to, long newName, int flags) {
        return RENAMEAT2.call(s, from, name, to, newName, flags);
    }

    static int unlinkat(Scratch s, int directory, long name, int flags) {
        return UNLINKAT.call(s, directory, name, flags);
    }

    static int symlinkat(Scratch s, long target, int directory, long name) {
        return SYMLINKAT.call(s, target, directory, name);
    }

    static int readlinkat(Scratch s, int directory, long name, long to, long size) {
        return READLINKAT.call(s, directory, name, to, size);
    }

    static int fchmodat(Scratch s, int directory, long name, int mode, int flags) {
        return FCHMODAT.call(s, directory, name, mode, flags);
    }

    static int fchownat(Scratch s, int directory, long name, int uid, int gid, int flags) {
        return FCHOWNAT.call(s, directory, name, uid, gid, flags);
    }

    /** With the two times (16 bytes each) in the scratch's structure. */
    static int utimensat(Scratch s, int directory, long name, int flags) {
        return UTIMENSAT.call(s, directory, name, s.struct(), flags);
    }

    static int llistxattr(Scratch s, long path, long to, long size) {
        return LLISTXATTR.call(s, path, to, size);
    }

    static int lgetxattr(Scratch s, long path, long name, long to, long size) {
        return LGETXATTR.call(s, path, name, to, size);
    }

    static int lremovexattr(Scratch s, long path, long name) {
        return LREMOVEXATTR.call(s, path, name);
    }
}
