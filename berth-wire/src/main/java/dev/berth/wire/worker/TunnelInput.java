package dev.berth.wire.worker;

import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import java.io.IOException;
import java.io.InputStream;

/**
 * What a client uploads when asked piece by piece, before 1.23 (libstore/daemon.cc, TunnelSource). It has no end of its
 * own: whoever reads knows how much there is.
 */
final class TunnelInput extends InputStream {
    private static final int PIECE = 32 * 1024;

    private final WireInput in;
    private final TunnelLog log;
    private byte[] piece = new byte[0];
    private int position;

    TunnelInput(WireInput in, TunnelLog log) {
        this.in = in;
        this.log = log;
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
        if (position == piece.length) {
            in.startMessage();
            log.askFor(PIECE);
            piece = in.bytes();
            position = 0;
            if (piece.length == 0 || piece.length > PIECE) {
                throw new WireException("asked for up to " + PIECE + " bytes, got " + piece.length);
            }
        }
        int count = Math.min(length, piece.length - position);
        System.arraycopy(piece, position, bytes, offset, count);
        position += count;
        return count;
    }
}
