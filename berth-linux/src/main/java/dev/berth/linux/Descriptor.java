package dev.berth.linux;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open file descriptor, closed on exec. Whoever opens one closes it, once nothing uses it any more: a number that was
 * closed under another thread's hands may already be another file. After {@link #close} every call answers EBADF. Any
 * thread.
 */
public sealed class Descriptor implements AutoCloseable
        permits Directory, OpenFile, DetachedMount, FileSystemContext, NamespaceHandle, Place, ProcessDescriptor {
    private static final byte[] EMPTY = {};

    private final int number;
    private final AtomicBoolean closed = new AtomicBoolean();

    Descriptor(int number) {
        this.number = number;
    }

    /** The number, for {@code /proc/self/fd} or a child process. */
    public final int number() {
        return number;
    }

    /** The number, if it is open. */
    final int open() throws LinuxException {
        if (closed.getPlain()) {
            throw new LinuxException(Errno.EBADF, "closed descriptor", Integer.toString(number));
        }
        return number;
    }

    /** What the open file is. */
    public final FileStat stat() throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(FileCalls.statx(s, open(), s.first(EMPTY), FileCalls.AT_EMPTY_PATH), "statx");
            return FileStat.of(s);
        }
    }

    /** What file system it lies on. */
    public final FileSystemStat fileSystem() throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(DescriptorCalls.fstatfs(s, open()), "fstatfs");
            long magic = s.getLong(0);
            check(DescriptorCalls.fstatvfs(s, open()), "fstatvfs");
            long unit = s.getLong(8);
            return new FileSystemStat(
                    magic,
                    s.getLong(16) * unit,
                    s.getLong(24) * unit,
                    s.getLong(32) * unit,
                    s.getLong(40),
                    s.getLong(48),
                    (s.getLong(72) & 1) != 0,
                    s.getLong(80));
        }
    }

    /** Sets the permissions, 0 to 07777, whatever the umask. */
    public final void setPermissions(int permissions) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(DescriptorCalls.fchmod(s, open(), permissions), "fchmod");
        }
    }

    /** Sets user and group; -1 leaves one as it is. */
    public final void setOwner(int owner, int group) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(DescriptorCalls.fchown(s, open(), owner, group), "fchown");
        }
    }

    /** Sets the time of the last change, in seconds since 1970, and the time of the last access to the same. */
    public final void setModified(long seconds) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            putTimes(s, seconds);
            check(DescriptorCalls.futimens(s, open()), "futimens");
        }
    }

    static void putTimes(Scratch s, long seconds) {
        s.setLong(0, seconds);
        s.setLong(8, 0);
        s.setLong(16, seconds);
        s.setLong(24, 0);
    }

    /** Waits until the file's or the directory's contents and metadata are on the disk. */
    public final void sync() throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(DescriptorCalls.fsync(s, open()), "fsync");
        }
    }

    /** Waits until everything of this file system is on the disk. */
    public final void syncFileSystem() throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(DescriptorCalls.syncfs(s, open()), "syncfs");
        }
    }

    /** Closes it; does nothing the second time. */
    @Override
    public final void close() throws LinuxException {
        if (closed.compareAndSet(false, true)) {
            try (Scratch s = Scratch.take()) {
                int result = DescriptorCalls.close(s, number);
                // Linux has closed it even where it answers EINTR.
                if (result < 0 && result != -Errno.EINTR.number()) {
                    throw new LinuxException(new Errno(-result), "close", "descriptor " + number);
                }
            }
        }
    }

    /** The path by which the descriptor can be reached again, as /proc shows it; for messages only. */
    @Override
    public final String toString() {
        if (closed.getPlain()) {
            return "closed descriptor " + number;
        }
        try (Scratch s = Scratch.take()) {
            int length = FileCalls.readlinkat(
                    s,
                    FileCalls.AT_FDCWD,
                    s.second(Names.bytes("/proc/self/fd/" + number)),
                    s.first(),
                    Scratch.PATH_MAX);
            return length < 0 ? "descriptor " + number : Names.show(s.firstBytes(length));
        } catch (LinuxException e) {
            return "descriptor " + number;
        }
    }

    /** Passes on what is not negative and throws what is a negated errno. */
    final int check(int result, String call) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(new Errno(-result), call, toString());
        }
        return result;
    }

    final long check(long result, String call) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(new Errno((int) -result), call, toString());
        }
        return result;
    }
}
