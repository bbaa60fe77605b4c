package dev.berth.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Native memory for one system call: errno, two names, a structure and a data area. Taken from a small pool and given
 * back by {@link #close}, so that calls allocate nothing on platform and virtual threads alike. One thread at a time.
 */
final class Scratch implements AutoCloseable {
    /** The longest path that the kernel takes, with its NUL (limits.h). */
    static final int PATH_MAX = 4096;

    /** The size of the data area of {@link #takeLarge}, in bytes. */
    static final int DATA_SIZE = 64 * 1024;

    private static final int STRUCT = 64;
    private static final int FIRST = 512;
    private static final int SECOND = FIRST + PATH_MAX;
    private static final int DATA = SECOND + PATH_MAX;

    // The one piece of shared state of this package: idle buffers, at most as many as there are slots.
    private static final int SLOTS = 32;
    private static final AtomicReferenceArray<Scratch> SMALL = new AtomicReferenceArray<>(SLOTS);
    private static final AtomicReferenceArray<Scratch> LARGE = new AtomicReferenceArray<>(SLOTS);

    private final AtomicReferenceArray<Scratch> pool;
    private final MemorySegment state;
    // A view of the same memory: the JVM compiles a buffer's accesses with much less effort than a segment's.
    private final ByteBuffer memory;
    private final long address;

    private Scratch(AtomicReferenceArray<Scratch> pool, int size) {
        this.pool = pool;
        // Freed by the collector: a buffer that finds no free slot is simply dropped.
        MemorySegment all = Arena.ofAuto().allocate(size, 64);
        this.state = all.asSlice(0, 4);
        this.memory = all.asByteBuffer().order(ByteOrder.nativeOrder());
        this.address = all.address();
    }

    /** A scratch with errno, structure and names. */
    static Scratch take() {
        Scratch idle = SMALL.getAndSet(slot(), null);
        return idle != null ? idle : new Scratch(SMALL, DATA);
    }

    /** A scratch with a data area, too. */
    static Scratch takeLarge() {
        Scratch idle = LARGE.getAndSet(slot(), null);
        return idle != null ? idle : new Scratch(LARGE, DATA + DATA_SIZE);
    }

    private static int slot() {
        return (int) Thread.currentThread().threadId() & (SLOTS - 1);
    }

    /** Gives it back. */
    @Override
    public void close() {
        pool.setRelease(slot(), this);
    }

    /** Where a call leaves errno. */
    MemorySegment state() {
        return state;
    }

    /** What a call left there. */
    int errno() {
        return memory.getInt(0);
    }

    /** Puts a path or a string behind the first pointer. */
    long first(byte[] name) throws LinuxException {
        return put(FIRST, name);
    }

    /** Puts a path or a string behind the second pointer. */
    long second(byte[] name) throws LinuxException {
        return put(SECOND, name);
    }

    private long put(int offset, byte[] name) throws LinuxException {
        if (name.length >= PATH_MAX) {
            throw new LinuxException(Errno.ENAMETOOLONG, "path", Names.show(name));
        }
        for (byte b : name) {
            if (b == 0) {
                throw new LinuxException(Errno.EINVAL, "path with NUL", Names.show(name));
            }
        }
        memory.put(offset, name);
        memory.put(offset + name.length, (byte) 0);
        return address + offset;
    }

    /** The address of the room for a structure of up to 448 bytes. */
    long struct() {
        return address + STRUCT;
    }

    /** The first pointer, with room for {@link #PATH_MAX} bytes. */
    long first() {
        return address + FIRST;
    }

    byte[] firstBytes(int length) {
        byte[] bytes = new byte[length];
        memory.get(FIRST, bytes);
        return bytes;
    }

    int getInt(int offset) {
        return memory.getInt(STRUCT + offset);
    }

    long getLong(int offset) {
        return memory.getLong(STRUCT + offset);
    }

    int getShort(int offset) {
        return Short.toUnsignedInt(memory.getShort(STRUCT + offset));
    }

    void setInt(int offset, int value) {
        memory.putInt(STRUCT + offset, value);
    }

    void setShort(int offset, int value) {
        memory.putShort(STRUCT + offset, (short) value);
    }

    void setLong(int offset, long value) {
        memory.putLong(STRUCT + offset, value);
    }

    /** The address of the data area. */
    long data() {
        return address + DATA;
    }

    byte dataByte(int offset) {
        return memory.get(DATA + offset);
    }

    int dataShort(int offset) {
        return Short.toUnsignedInt(memory.getShort(DATA + offset));
    }

    long dataLong(int offset) {
        return memory.getLong(DATA + offset);
    }

    void dataTo(int offset, byte[] to, int toOffset, int length) {
        memory.get(DATA + offset, to, toOffset, length);
    }

    void dataFrom(byte[] from, int fromOffset, int length) {
        memory.put(DATA, from, fromOffset, length);
    }
}
