package dev.berth.wire.serve;

import dev.berth.wire.WireException;
import java.io.IOException;
import java.io.InputStream;

/** The next so many bytes of a stream; that it ends before is an error. Does not close it. */
final class SizedInput extends InputStream {
    private final InputStream in;
    private long left;

    SizedInput(InputStream in, long size) {
        this.in = in;
        this.left = size;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (left == 0) {
            return -1;
        }
        int count = in.read(bytes, offset, (int) Math.min(length, left));
        if (count < 0) {
            throw new WireException("the connection ended " + left + " bytes before the end of a NAR");
        }
        left -= count;
        return count;
    }

    /** Reads what is left. */
    void drain() throws IOException {
        byte[] bytes = new byte[64 << 10];
        while (left > 0) {
            if (read(bytes, 0, bytes.length) < 0) {
                return;
            }
        }
    }
}
