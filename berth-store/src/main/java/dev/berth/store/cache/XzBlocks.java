package dev.berth.store.cache;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

/**
 * Writes one .xz stream of several blocks that are compressed side by side, as {@code xz -T} does. Each block is made as
 * a stream of its own, of which the block is taken; the index over all of them follows at the end (the .xz file format
 * 1.2, sections 2 to 4).
 */
final class XzBlocks extends OutputStream {
    private static final int HEADER = 12;
    private static final int FOOTER = 12;

    private final OutputStream out;
    private final Compressor compressor;
    private final ExecutorService pool;
    private final int ahead = Runtime.getRuntime().availableProcessors();
    private final Deque<Future<Block>> pending = new ArrayDeque<>();
    private final List<long[]> records = new ArrayList<>();
    private byte[] buffer = new byte[0];
    private int used;
    private boolean started;
    private boolean closed;

    /** A whole stream with one block in it, or with none if nothing was compressed. */
    private static final class Block {
        private final byte[] bytes;
        private final int uncompressed;

        Block(byte[] bytes, int uncompressed) {
            this.bytes = bytes;
            this.uncompressed = uncompressed;
        }
    }

    /** Makes of some bytes a whole stream of one block, or of none for no bytes, with CRC64. */
    @FunctionalInterface
    interface Compressor {
        byte[] compress(byte[] input, int length) throws IOException;
    }

    XzBlocks(OutputStream out, Compressor compressor, ExecutorService pool) {
        this.out = out;
        this.compressor = compressor;
        this.pool = pool;
    }

    /** The compressor of the Java library. */
    static Compressor java(LZMA2Options options) {
        return (input, length) -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(length / 2 + 128);
            try (XZOutputStream xz = new XZOutputStream(bytes, options, XZ.CHECK_CRC64)) {
                xz.write(input, 0, length);
            }
            return bytes.toByteArray();
        };
    }

    /** Bytes of a block: an encoder needs about twelve times that, so a small heap gets small blocks. */
    static int blockSize() {
        return Runtime.getRuntime().maxMemory() < (384 << 20) ? 1 << 20 : 4 << 20;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            if (used == buffer.length) {
                if (used == blockSize()) {
                    submit();
                }
                int size = Math.clamp(buffer.length * 2L, 64 << 10, blockSize());
                buffer = used == 0 ? new byte[size] : Arrays.copyOf(buffer, size);
            }
            int count = Math.min(end - at, buffer.length - used);
            System.arraycopy(bytes, at, buffer, used, count);
            used += count;
            at += count;
        }
    }

    private void submit() throws IOException {
        byte[] input = buffer;
        int length = used;
        buffer = new byte[0];
        used = 0;
        while (pending.size() >= ahead) {
            writeOldest();
        }
        pending.add(pool.submit(() -> compress(input, length)));
    }

    private Block compress(byte[] input, int length) throws IOException {
        return new Block(compressor.compress(input, length), length);
    }

    private void writeOldest() throws IOException {
        Block block;
        try {
            block = pending.remove().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("compressing was interrupted").initCause(e);
        } catch (ExecutionException e) {
            throw new IOException("compressing with xz failed: " + e.getCause(), e);
        }
        byte[] stream = block.bytes;
        if (!started) {
            out.write(stream, 0, HEADER);
            started = true;
        }
        // The footer says how long the index is, in words of four bytes less one.
        int backward = stream.length - FOOTER + 4;
        int words = (stream[backward] & 0xff)
                | (stream[backward + 1] & 0xff) << 8
                | (stream[backward + 2] & 0xff) << 16
                | (stream[backward + 3] & 0xff) << 24;
        int index = stream.length - FOOTER - (words + 1) * 4;
        out.write(stream, HEADER, index - HEADER);
        // The index: a zero, the number of records (one), and of the block its size without padding.
        records.add(new long[] {varint(stream, index + 2), block.uncompressed});
    }

    private static long varint(byte[] bytes, int at) {
        long value = 0;
        for (int i = 0; ; i++) {
            value |= (long) (bytes[at + i] & 0x7f) << (7 * i);
            if ((bytes[at + i] & 0x80) == 0) {
                return value;
            }
        }
    }

    @Override
    public void flush() {
        // A block is written when it is complete.
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (out) {
            if (used > 0) {
                submit();
            }
            while (!pending.isEmpty()) {
                writeOldest();
            }
            if (started) {
                writeEnd();
            } else {
                out.write(compressNothing());
            }
        } finally {
            pending.forEach(block -> block.cancel(false));
        }
    }

    private byte[] compressNothing() throws IOException {
        return compress(new byte[0], 0).bytes;
    }

    private void writeEnd() throws IOException {
        ByteArrayOutputStream index = new ByteArrayOutputStream();
        index.write(0);
        varint(index, records.size());
        for (long[] record : records) {
            varint(index, record[0]);
            varint(index, record[1]);
        }
        while (index.size() % 4 != 0) {
            index.write(0);
        }
        crc(index, index.toByteArray(), 0);
        byte[] tail = new byte[6];
        word(tail, index.size() / 4 - 1);
        tail[5] = XZ.CHECK_CRC64;
        crc(index, tail, 0);
        index.writeBytes(tail);
        index.write('Y');
        index.write('Z');
        index.writeTo(out);
    }

    private static void varint(ByteArrayOutputStream to, long value) {
        long rest = value;
        while (rest >= 0x80) {
            to.write((int) (rest | 0x80));
            rest >>>= 7;
        }
        to.write((int) rest);
    }

    private static void word(byte[] to, int value) {
        for (int i = 0; i < 4; i++) {
            to[i] = (byte) (value >>> (8 * i));
        }
    }

    private static void crc(ByteArrayOutputStream to, byte[] of, int offset) {
        CRC32 crc = new CRC32();
        crc.update(of, offset, of.length - offset);
        byte[] value = new byte[4];
        word(value, (int) crc.getValue());
        to.writeBytes(value);
    }
}
