package dev.berth.node.nri.ttrpc;

import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** The messages of ttrpc on a connection: a header of length, stream, type and flags, and that many bytes. */
final class MessageChannel {
    static final int HEADER = 10;
    static final int MAX_MESSAGE = 4 << 20;

    /**
     * ttrpc in Go reads through a buffer of this size, and the multiplexer under it gives an error when a frame is larger
     * than what is read into: a larger message must come as a frame of this size and one with exactly the rest.
     */
    private static final int PEER_BUFFER = 4096;

    /** The first byte of a message is reserved and 0; what has none is no ttrpc. */
    private static final int MAX_LENGTH = (1 << 24) - 1;

    private final ByteConnection connection;
    private final Duration stall;
    private final ReentrantLock writing = new ReentrantLock();

    /** @param stall how long a message may take that has begun */
    MessageChannel(ByteConnection connection, Duration stall) {
        this.connection = connection;
        this.stall = stall;
    }

    /**
     * The next message; empty when the peer has ended the connection between two.
     *
     * @throws IOException if it broke, or what came is no message; nothing can be read any more
     */
    Optional<Message> read() throws IOException {
        byte[] header = new byte[HEADER];
        int begun = connection.read(header, 0, HEADER);
        if (begun < 0) {
            return Optional.empty();
        }
        return Optional.of(Stalls.within(stall, why -> connection.close(), () -> readRest(header, begun)));
    }

    private Message readRest(byte[] header, int begun) throws IOException {
        connection.readFully(header, begun, HEADER - begun);
        ByteBuffer fields = ByteBuffer.wrap(header);
        int length = fields.getInt();
        int stream = fields.getInt();
        int type = Byte.toUnsignedInt(fields.get());
        int flags = Byte.toUnsignedInt(fields.get());
        if (length < 0 || length > MAX_LENGTH) {
            throw new IOException("the peer announces a ttrpc message of " + Integer.toUnsignedString(length)
                    + " bytes: this is no ttrpc");
        }
        if (length > MAX_MESSAGE) {
            skip(length);
            return new Message.Oversized(stream, type, length);
        }
        byte[] payload = new byte[length];
        connection.readFully(payload, 0, length);
        return new Message.Whole(stream, type, flags, UnsafeByteOperations.unsafeWrap(payload));
    }

    private void skip(int length) throws IOException {
        byte[] piece = new byte[8192];
        for (int left = length; left > 0; ) {
            int part = Math.min(left, piece.length);
            connection.readFully(piece, 0, part);
            left -= part;
        }
    }

    /**
     * Writes a message without flags.
     *
     * @throws TtrpcException with {@link Code#RESOURCE_EXHAUSTED} if it is too large; then nothing was written
     * @throws IOException if the connection broke
     */
    void write(int stream, int type, byte[] payload) throws IOException {
        if (payload.length > MAX_MESSAGE) {
            throw TtrpcException.oversized(payload.length);
        }
        int first = Math.min(payload.length, PEER_BUFFER - HEADER);
        ByteBuffer start = ByteBuffer.allocate(HEADER + first);
        start.putInt(payload.length)
                .putInt(stream)
                .put((byte) type)
                .put((byte) 0)
                .put(payload, 0, first)
                .flip();
        writing.lock();
        try {
            Stalls.within(stall, why -> connection.close(), () -> {
                connection.write(start);
                connection.write(ByteBuffer.wrap(payload, first, payload.length - first));
                return payload;
            });
        } finally {
            writing.unlock();
        }
    }

    void close() {
        connection.close();
    }
}
