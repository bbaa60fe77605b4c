package dev.berth.gateway;

import dev.berth.nix.nar.NarBytesSink;
import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * The bytes of a NAR in a file of {@link KeptNars}, there until this is closed: whoever gets one closes it, once. Any
 * thread.
 */
public final class KeptNar implements AutoCloseable {
    private static final int PIECE = 64 << 10;

    /** In which form a NAR is kept. */
    public enum Form {
        /** As it is. */
        PLAIN,
        /** Compressed with zstd, whole. */
        ZSTD
    }

    private final KeptNars.Segment segment;
    private final long offset;
    private final int length;

    KeptNar(KeptNars.Segment segment, long offset, int length) {
        this.segment = segment;
        this.offset = offset;
        this.length = length;
    }

    /**
     * The file, which holds other NARs, too: for the kernel to send from. Not to be closed, so not to be used by a thread that
     * may be interrupted.
     */
    public FileChannel channel() {
        return segment.channel();
    }

    /** Where in the file the NAR begins. */
    public long offset() {
        return offset;
    }

    /** How many bytes it has in its form. */
    public int length() {
        return length;
    }

    /** All bytes. */
    public byte[] bytes() throws IOException {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            done += segment.read(bytes, done, length - done, offset + done);
        }
        return bytes;
    }

    /** Tells all bytes. */
    void sendTo(NarBytesSink sink) throws IOException {
        if (sink.takesFiles()) {
            sink.file(channel(), offset, length);
            return;
        }
        byte[] buffer = new byte[Math.min(PIECE, length)];
        for (int done = 0; done < length; ) {
            int count = segment.read(buffer, 0, Math.min(buffer.length, length - done), offset + done);
            sink.bytes(buffer, 0, count);
            done += count;
        }
    }

    @Override
    public void close() {
        segment.release();
    }
}
