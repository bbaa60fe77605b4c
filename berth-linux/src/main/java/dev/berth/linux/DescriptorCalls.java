package dev.berth.linux;

/** Calls on a descriptor alone. Each answers as the kernel does: not negative, or the negated errno. */
final class DescriptorCalls {
    private static final int EINTR = -Errno.EINTR.number();
    private static final long FICLONE = 0x40049409L;
    private static final long TIOCGWINSZ = 0x5413;

    private static final NativeFunction CLOSE = NativeFunction.of("close");
    private static final NativeFunction DUP3 = NativeFunction.of("dup3");
    private static final NativeFunction GETDENTS64 = NativeFunction.of("getdents64");
    private static final NativeFunction LSEEK = NativeFunction.of("lseek");
    private static final NativeFunction READ = NativeFunction.of("read");
    private static final NativeFunction WRITE = NativeFunction.of("write");
    private static final NativeFunction PREAD = NativeFunction.of("pread");
    private static final NativeFunction PWRITE = NativeFunction.of("pwrite");
    private static final NativeFunction FTRUNCATE = NativeFunction.of("ftruncate");
    private static final NativeFunction FALLOCATE = NativeFunction.of("fallocate");
    private static final NativeFunction FSYNC = NativeFunction.of("fsync");
    private static final NativeFunction FDATASYNC = NativeFunction.of("fdatasync");
    private static final NativeFunction SYNCFS = NativeFunction.of("syncfs");
    private static final NativeFunction FCHMOD = NativeFunction.of("fchmod");
    private static final NativeFunction FCHOWN = NativeFunction.of("fchown");
    private static final NativeFunction FUTIMENS = NativeFunction.of("futimens");
    private static final NativeFunction FSTATVFS = NativeFunction.of("fstatvfs");
    private static final NativeFunction FSTATFS = NativeFunction.of("fstatfs");
    private static final NativeFunction FLOCK = NativeFunction.of("flock");
    private static final NativeFunction IOCTL = NativeFunction.of("ioctl");
    private static final NativeFunction COPY_FILE_RANGE = NativeFunction.of("copy_file_range");

    private DescriptorCalls() {}

    static int close(Scratch s, int fd) {
        return CLOSE.call(s, fd);
    }

    static int dup3(Scratch s, int from, int to) {
        return DUP3.call(s, from, to, 0);
    }

    static int getdents64(Scratch s, int fd, long to, long size) {
        return GETDENTS64.call(s, fd, to, size);
    }

    static long seek(Scratch s, int fd, long position) {
        return LSEEK.callLong(s, fd, position, 0);
    }

    static int read(Scratch s, int fd, long to, long size) {
        int result;
        do {
            result = READ.call(s, fd, to, size);
        } while (result == EINTR);
        return result;
    }

    static int write(Scratch s, int fd, long from, long size) {
        int result;
        do {
            result = WRITE.call(s, fd, from, size);
        } while (result == EINTR);
        return result;
    }

    static int pread(Scratch s, int fd, long to, long size, long position) {
        int result;
        do {
            result = PREAD.call(s, fd, to, size, position);
        } while (result == EINTR);
        return result;
    }

    static int pwrite(Scratch s, int fd, long from, long size, long position) {
        int result;
        do {
            result = PWRITE.call(s, fd, from, size, position);
        } while (result == EINTR);
        return result;
    }

    static int ftruncate(Scratch s, int fd, long size) {
        int result;
        do {
            result = FTRUNCATE.call(s, fd, size);
        } while (result == EINTR);
        return result;
    }

    static int fallocate(Scratch s, int fd, long size) {
        int result;
        do {
            result = FALLOCATE.call(s, fd, 0, 0L, size);
        } while (result == EINTR);
        return result;
    }

    static int fsync(Scratch s, int fd) {
        return FSYNC.call(s, fd);
    }

    static int fdatasync(Scratch s, int fd) {
        return FDATASYNC.call(s, fd);
    }

    static int syncfs(Scratch s, int fd) {
        return SYNCFS.call(s, fd);
    }

    static int fchmod(Scratch s, int fd, int mode) {
        return FCHMOD.call(s, fd, mode);
    }

    static int fchown(Scratch s, int fd, int uid, int gid) {
        return FCHOWN.call(s, fd, uid, gid);
    }

    /** With the two times (16 bytes each) in the scratch's structure. */
    static int futimens(Scratch s, int fd) {
        return FUTIMENS.call(s, fd, s.struct());
    }

    /** Into the scratch's structure. */
    static int fstatvfs(Scratch s, int fd) {
        return FSTATVFS.call(s, fd, s.struct());
    }

    /** Into the scratch's structure. */
    static int fstatfs(Scratch s, int fd) {
        return FSTATFS.call(s, fd, s.struct());
    }

    static int flock(Scratch s, int fd, int operation) {
        int result;
        do {
            result = FLOCK.call(s, fd, operation);
        } while (result == EINTR);
        return result;
    }

    /** The ioctl FICLONE: {@code to} shares all blocks of {@code from}. */
    static int clone(Scratch s, int to, int from) {
        return IOCTL.call(s, to, FICLONE, from);
    }

    /** The ioctl TIOCGWINSZ: a terminal's size into the scratch's structure. */
    static int windowSize(Scratch s, int fd) {
        return IOCTL.call(s, fd, TIOCGWINSZ, s.struct());
    }

    static long copyFileRange(Scratch s, int from, int to, long size) {
        int result;
        do {
            result = COPY_FILE_RANGE.call(s, from, 0L, to, 0L, size, 0);
        } while (result == EINTR);
        return result;
    }
}
