package dev.berth.linux.erofs;

import dev.berth.linux.LinuxException;
import dev.berth.linux.OpenFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The image as a file of blocks, which only grows: inodes fill one block after another, of which the first and the last are held here,
 * and runs of blocks with data lie between them.
 */
final class BlockFile {
    /** The size of a block in bytes; every kernel takes 4 KiB. */
    static final int SIZE = 4096;

    /** Inodes start at multiples of this; their numbers count in it. */
    static final int SLOT = 32;

    private static final long MAX_BLOCKS = 0xffff_ffffL;

    private final OpenFile file;
    private final byte[] first = new byte[SIZE];
    private byte[] open = first;
    private long openBlock;
    private int used;
    private long blocks = 1;

    /** @param reserved how many bytes of the first block are left out, a multiple of {@link #SLOT} */
    BlockFile(OpenFile file, int reserved) {
        this.file = file;
        this.used = reserved;
    }

    /**
     * Puts an inode with what follows it. It crosses blocks only if it is larger than one: the kernel wants what is inlined behind an
     * inode in one block.
     *
     * @return where it begins
     */
    long put(byte[] inode) throws IOException {
        if (used + inode.length > SIZE) {
            leaveOpenBlock();
            long begin = run((inode.length + SIZE - 1) / SIZE);
            int whole = (inode.length - 1) / SIZE * SIZE;
            file.write(inode, 0, whole, begin * SIZE);
            openBlock = begin + whole / SIZE;
            System.arraycopy(inode, whole, open, 0, inode.length - whole);
            used = aligned(inode.length - whole);
            return begin * SIZE;
        }
        System.arraycopy(inode, 0, open, used, inode.length);
        long begin = openBlock * SIZE + used;
        used = aligned(used + inode.length);
        return begin;
    }

    private void leaveOpenBlock() throws LinuxException {
        if (openBlock == 0) {
            open = new byte[SIZE];
        } else {
            file.write(open, 0, SIZE, openBlock * SIZE);
            Arrays.fill(open, (byte) 0);
        }
    }

    private static int aligned(int size) {
        return (size + SLOT - 1) / SLOT * SLOT;
    }

    /** Takes blocks that follow each other and gives the first one's number. What is not written in them reads as zeros. */
    long run(long count) throws IOException {
        if (count > MAX_BLOCKS - blocks) {
            throw new IOException("the image would have more than " + MAX_BLOCKS + " blocks of " + SIZE
                    + " bytes, the limit of the format: " + file);
        }
        long begin = blocks;
        blocks += count;
        return begin;
    }

    /** Writes into a run. */
    void write(long position, byte[] data, int length) throws LinuxException {
        file.write(data, 0, length, position);
    }

    /** Copies a stream of known size into a run. */
    void copy(long position, InputStream from, long size) throws IOException {
        byte[] buffer = new byte[(int) Math.min(size, 16L * SIZE)];
        for (long done = 0; done < size; ) {
            int n = from.readNBytes(buffer, 0, (int) Math.min(buffer.length, size - done));
            if (n == 0) {
                throw new EOFException("a file for an image ended after " + done + " of " + size + " bytes");
            }
            file.write(buffer, 0, n, position + done);
            done += n;
        }
    }

    /** Changes a number of eight bytes that was written. */
    void patch(long position, long value) throws LinuxException {
        if (position < SIZE || position / SIZE == openBlock) {
            byte[] held = position < SIZE ? first : open;
            ByteBuffer.wrap(held).order(ByteOrder.LITTLE_ENDIAN).putLong((int) (position % SIZE), value);
        } else {
            byte[] bytes = new byte[Long.BYTES];
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
            file.write(bytes, 0, bytes.length, position);
        }
    }

    long blocks() {
        return blocks;
    }

    /** The first block, which is held here until the end. */
    byte[] first() {
        return first;
    }

    /** Writes what is held here, and makes the file as long as its blocks. Nothing is put any more. */
    void finish() throws LinuxException {
        file.write(first, 0, SIZE, 0);
        if (openBlock != 0) {
            file.write(open, 0, SIZE, openBlock * SIZE);
        }
        file.truncate(blocks * SIZE);
    }
}
