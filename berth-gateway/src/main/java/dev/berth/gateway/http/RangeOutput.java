package dev.berth.gateway.http;

import dev.berth.linux.OpenFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;

/** Passes on the bytes of one range of what is written to it. One thread. */
final class RangeOutput extends OutputStream {
    private final BodyOutput out;
    private final ByteRange range;
    private long position;

    RangeOutput(BodyOutput out, ByteRange range) {
        this.out = out;
        this.range = range;
    }

    /** Thrown when the range is complete and more comes, so that nobody makes what nobody reads. */
    static final class Complete extends IOException {
        private static final long serialVersionUID = 1;

        Complete() {
            super("the range is complete");
        }
    }

    /** Whether all of the range was passed on. */
    boolean isComplete() {
        return position >= range.to();
    }

    /** Whether none of the next so many bytes are in the range. */
    boolean isOutside(long length) {
        return position + length <= range.from() || position >= range.to();
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int skip = Math.clamp(range.from() - position, 0, length);
        int end = Math.clamp(range.to() - position, 0, length);
        if (end > skip) {
            out.write(bytes, offset + skip, end - skip);
        }
        advance(length);
    }

    /** Writes all of a file, as the kernel can. */
    void file(OpenFile file, long length) throws IOException {
        long skip = Math.clamp(range.from() - position, 0, length);
        long end = Math.clamp(range.to() - position, 0, length);
        if (end > skip) {
            try (FileChannel channel = file.channel()) {
                out.file(channel, skip, end - skip);
            }
        }
        advance(length);
    }

    private void advance(long length) throws IOException {
        boolean before = isComplete();
        position += length;
        if (before && length > 0) {
            throw new Complete();
        }
    }
}
