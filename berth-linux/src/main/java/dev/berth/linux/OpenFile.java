package dev.berth.linux;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;

/**
 * An open file. Reading and writing at the file's position is for one thread at a time; everything else for any.
 * Direct buffers and arrays of up to 64 KiB at a time pass fastest.
 */
public final class OpenFile extends Descriptor {
    private static final int LOCK_SH = 1;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int LOCK_UN = 8;

    OpenFile(int number) {
        super(number);
    }

    /**
     * Reads at the file's position.
     *
     * @return the number of bytes, at least 1 unless {@code length} is 0; -1 at the end
     */
    public int read(byte[] to, int offset, int length) throws LinuxException {
        Objects.checkFromIndexSize(offset, length, to.length);
        try (Scratch s = Scratch.takeLarge()) {
            int n = check(DescriptorCalls.read(s, open(), s.data(), Math.min(length, Scratch.DATA_SIZE)), "read");
            s.dataTo(0, to, offset, n);
            return n == 0 && length > 0 ? -1 : n;
        }
    }

    /** As {@link #read(byte[], int, int)} into what remains of a buffer, whose position it moves. */
    public int read(ByteBuffer to) throws LinuxException {
        if (to.hasArray()) {
            int n = read(to.array(), to.arrayOffset() + to.position(), to.remaining());
            to.position(to.position() + Math.max(n, 0));
            return n;
        }
        try (Scratch s = Scratch.take()) {
            MemorySegment memory = MemorySegment.ofBuffer(to);
            int n = check(DescriptorCalls.read(s, open(), memory.address(), memory.byteSize()), "read");
            to.position(to.position() + n);
            return n == 0 && memory.byteSize() > 0 ? -1 : n;
        }
    }

    /** As {@link #read(byte[], int, int)} at a position of its own, leaving the file's as it is. */
    public int read(byte[] to, int offset, int length, long position) throws LinuxException {
        Objects.checkFromIndexSize(offset, length, to.length);
        try (Scratch s = Scratch.takeLarge()) {
            int n = check(
                    DescriptorCalls.pread(s, open(), s.data(), Math.min(length, Scratch.DATA_SIZE), position), "pread");
            s.dataTo(0, to, offset, n);
            return n == 0 && length > 0 ? -1 : n;
        }
    }

    /**
     * The same file as a channel of its own, for reading, to be closed by the caller: only of a channel can the kernel send
     * a file to a socket.
     */
    public FileChannel channel() throws IOException {
        // The JDK opens by names only. This one stands for the open file, whatever became of the name that it was
        // opened by.
        return FileChannel.open(Path.of("/proc/self/fd/" + open()), StandardOpenOption.READ);
    }

    /** Writes all at the file's position. */
    public void write(byte[] from, int offset, int length) throws LinuxException {
        Objects.checkFromIndexSize(offset, length, from.length);
        try (Scratch s = Scratch.takeLarge()) {
            for (int done = 0; done < length; ) {
                int part = Math.min(length - done, Scratch.DATA_SIZE);
                s.dataFrom(from, offset + done, part);
                done += check(DescriptorCalls.write(s, open(), s.data(), part), "write");
            }
        }
    }

    /** Writes all that remains of a buffer at the file's position. */
    public void write(ByteBuffer from) throws LinuxException {
        if (from.hasArray()) {
            write(from.array(), from.arrayOffset() + from.position(), from.remaining());
            from.position(from.limit());
            return;
        }
        try (Scratch s = Scratch.take()) {
            while (from.hasRemaining()) {
                MemorySegment memory = MemorySegment.ofBuffer(from);
                int n = check(DescriptorCalls.write(s, open(), memory.address(), memory.byteSize()), "write");
                from.position(from.position() + n);
            }
        }
    }

    /** Writes all at a position of its own, leaving the file's as it is. */
    public void write(byte[] from, int offset, int length, long position) throws LinuxException {
        Objects.checkFromIndexSize(offset, length, from.length);
        try (Scratch s = Scratch.takeLarge()) {
            for (int done = 0; done < length; ) {
                int part = Math.min(length - done, Scratch.DATA_SIZE);
                s.dataFrom(from, offset + done, part);
                done += check(DescriptorCalls.pwrite(s, open(), s.data(), part, position + done), "pwrite");
            }
        }
    }

    /** Moves the file's position to this many bytes from its start. */
    public void seek(long position) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(DescriptorCalls.seek(s, open(), position), "lseek");
        }
    }

    /** Cuts the file, or lengthens it by a hole. */
    public void truncate(long size) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(DescriptorCalls.ftruncate(s, open(), size), "ftruncate");
        }
    }

    /**
     * Makes the file this long and reserves its blocks, so that a full disk shows at once.
     *
     * @return false if the file system has no such call
     */
    public boolean allocate(long size) throws LinuxException {
        if (size == 0) {
            return true;
        }
        try (Scratch s = Scratch.take()) {
            int result = DescriptorCalls.fallocate(s, open(), size);
            if (result == -Errno.EOPNOTSUPP.number() || result == -Errno.ENOSYS.number()) {
                return false;
            }
            check(result, "fallocate");
            return true;
        }
    }

    /** Waits until the file's contents are on the disk. */
    public void syncData() throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(DescriptorCalls.fdatasync(s, open()), "fdatasync");
        }
    }

    /**
     * Makes this file, which is empty, share all blocks of another one (ioctl FICLONE).
     *
     * @return false if the file systems cannot
     */
    public boolean reflink(OpenFile from) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int result = DescriptorCalls.clone(s, open(), from.open());
            if (result == -Errno.EOPNOTSUPP.number()
                    || result == -Errno.EXDEV.number()
                    || result == -Errno.EINVAL.number()
                    || result == -Errno.ENOTTY.number()
                    || result == -Errno.ENOSYS.number()) {
                return false;
            }
            check(result, "ioctl FICLONE");
            return true;
        }
    }

    /** Appends, at both files' positions, the rest of another file, in the kernel where it can. */
    public void copyRest(OpenFile from) throws LinuxException {
        try (Scratch s = Scratch.takeLarge()) {
            boolean first = true;
            while (true) {
                long n = DescriptorCalls.copyFileRange(s, from.open(), open(), 1L << 30);
                // Files of /proc claim to be empty, and old kernels refuse to copy between file systems.
                if (first && (n == 0 || isUnsupportedCopy(n))) {
                    break;
                }
                if (check(n, "copy_file_range") == 0) {
                    return;
                }
                first = false;
            }
            while (true) {
                int n = from.check(DescriptorCalls.read(s, from.open(), s.data(), Scratch.DATA_SIZE), "read");
                if (n == 0) {
                    return;
                }
                for (int done = 0; done < n; ) {
                    done += check(DescriptorCalls.write(s, open(), s.data() + done, n - done), "write");
                }
            }
        }
    }

    private static boolean isUnsupportedCopy(long result) {
        return result == -Errno.EXDEV.number()
                || result == -Errno.EINVAL.number()
                || result == -Errno.EOPNOTSUPP.number()
                || result == -Errno.ENOSYS.number();
    }

    /** How a file is locked. */
    public enum Lock {
        /** With others that share it. */
        SHARED,
        /** Alone. */
        EXCLUSIVE
    }

    /**
     * Takes, or changes to, a flock(2) lock if nobody holds one against it. It belongs to the open file: it goes with
     * {@link #unlock} or when the last duplicate is closed. Not the JDK's FileLock, which is fcntl's and does not meet it.
     */
    public boolean tryLock(Lock lock) throws LinuxException {
        try (Scratch s = Scratch.take()) {
            int result = DescriptorCalls.flock(s, open(), (lock == Lock.SHARED ? LOCK_SH : LOCK_EX) | LOCK_NB);
            if (result == -Errno.EAGAIN.number()) {
                return false;
            }
            check(result, "flock");
            return true;
        }
    }

    /**
     * As {@link #tryLock}, asking again with growing pauses of 1 to 50 ms.
     *
     * @return false if somebody else still held it after {@code patience}
     */
    public boolean lock(Lock lock, Duration patience) throws LinuxException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        for (long pause = 1; !tryLock(lock); pause = Math.min(pause * 2, 50)) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            Thread.sleep(Duration.ofNanos(Math.min(left, pause * 1_000_000)));
        }
        return true;
    }

    /** Gives the lock back. */
    public void unlock() throws LinuxException {
        try (Scratch s = Scratch.take()) {
            check(DescriptorCalls.flock(s, open(), LOCK_UN), "flock");
        }
    }
}
