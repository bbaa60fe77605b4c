package dev.berth.wire;

import java.io.IOException;
import java.io.InputStream;

/**
 * A stream of frames, each its size and its bytes, that ends with an empty one (libutil/serialise.hh, FramedSource). Sizes
 * that a peer announces are never allocated. Closing does nothing; {@link #drain} takes the connection to what follows.
 * One thread.
 */
public final class FramedInput extends InputStream {
    private static final long MAX_FRAME = 0xffff_ffffL;

    private final WireInput in;
    private final InputStream stream;
    private long left;
    private boolean ended;
    private boolean broken;

    /** @param in where the first frame comes next */
    public FramedInput(WireInput in) {
        this.in = in;
        this.stream = in.stream();
    }

    /**
     * Reads and drops the rest, up to and with the empty frame.
     *
     * @throws IOException if that is not possible, also because an earlier read has failed
     */
    public void drain() throws IOException {
        while (atFrame()) {
            broken = true;
            long skipped = stream.skip(left);
            if (skipped == 0) {
                throw truncated();
            }
            broken = false;
            left -= skipped;
        }
    }

    /** Whether a byte follows; reads the size of the next frame if needed. */
    private boolean atFrame() throws IOException {
        if (broken) {
            throw new WireException("a stream of frames that broke off");
        }
        if (left == 0 && !ended) {
            broken = true;
            left = in.number("the size of a frame", MAX_FRAME);
            ended = left == 0;
            broken = false;
        }
        return !ended;
    }

    private WireException truncated() {
        return new WireException("the connection ended in the middle of a frame");
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
        if (!atFrame()) {
            return -1;
        }
        broken = true;
        int count = stream.read(bytes, offset, (int) Math.min(length, left));
        if (count < 0) {
            throw truncated();
        }
        broken = false;
        left -= count;
        return count;
    }

    @Override
    public int available() throws IOException {
        return (int) Math.min(left, stream.available());
    }
}
