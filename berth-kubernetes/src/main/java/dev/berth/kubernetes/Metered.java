package dev.berth.kubernetes;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** An answer that comes in pieces, of which each may only be so long. */
final class Metered extends FilterInputStream {
    private static final long LARGEST_PIECE = 64 << 20;

    private long left = LARGEST_PIECE;

    Metered(InputStream in) {
        super(in);
    }

    /** A new piece begins about here. */
    void next() {
        left = LARGEST_PIECE;
    }

    @Override
    public int read() throws IOException {
        int read = super.read();
        count(read < 0 ? 0 : 1);
        return read;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int read = super.read(into, offset, length);
        count(Math.max(0, read));
        return read;
    }

    private void count(int read) throws IOException {
        left -= read;
        if (left < 0) {
            throw new IOException("an object of more than " + LARGEST_PIECE + " bytes");
        }
    }
}
