package dev.berth.wire;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes a stream of frames, see {@link FramedInput}: what is written is gathered and goes as frames of 64 KiB. It ends by
 * {@link #finish}, in an error too, as the receiver reads to the empty frame. Closing and flushing do nothing. One thread.
 */
public final class FramedOutput extends OutputStream {
    private static final int HEADER = 8;
    private static final int FRAME = 64 * 1024 - HEADER;

    private final WireOutput out;
    private final Check check;
    private final byte[] buffer = new byte[HEADER + FRAME];
    private int used;

    /** Is asked before each frame, as the receiver may have failed already. */
    @FunctionalInterface
    public interface Check {
        /** @throws IOException or anything unchecked, to write no more */
        void beforeFrame() throws IOException;
    }

    /** Frames without a check. */
    public FramedOutput(WireOutput out) {
        this(out, () -> {});
    }

    /** Frames with a check. */
    public FramedOutput(WireOutput out, Check check) {
        this.out = out;
        this.check = check;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int left = length;
        while (left > 0) {
            if (used == FRAME) {
                emit();
            }
            int count = Math.min(left, FRAME - used);
            System.arraycopy(bytes, at, buffer, HEADER + used, count);
            used += count;
            at += count;
            left -= count;
        }
    }

    /** Writes what was gathered as a frame, and the empty frame, and flushes. */
    public void finish() throws IOException {
        if (used > 0) {
            emit();
        }
        out.u64(0);
        out.flush();
    }

    /** Writes the empty frame at once, and flushes: what was gathered is dropped. */
    public void abort() throws IOException {
        used = 0;
        finish();
    }

    private void emit() throws IOException {
        check.beforeFrame();
        WireInput.WORD.set(buffer, 0, (long) used);
        out.stream().write(buffer, 0, HEADER + used);
        used = 0;
    }
}
