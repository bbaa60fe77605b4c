package dev.berth.node.nri.ttrpc;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Several connections over one, as containerd/nri's pkg/net/multiplex: frames of a connection's number and a length, four
 * bytes each, big endian, and that many bytes. Opening and closing of connections is not signalled; frames of numbers that are
 * not open here are dropped. What a frame holds is a piece of a stream of bytes and has no meaning of its own.
 *
 * <p>What arrives for a connection waits in a bounded queue until it is read. A full queue holds up the whole trunk, and ends
 * it if nobody reads for the time that is allowed for a stall. So does a peer that stops within a frame, that does not take
 * what is written, or that announces a frame larger than {@link #MAX_PAYLOAD}.
 */
public final class Trunk implements Closeable {
    /** The most bytes in a frame: a ttrpc message of the largest size with its header. */
    public static final int MAX_PAYLOAD = MessageChannel.HEADER + MessageChannel.MAX_MESSAGE;

    private static final int HEADER = 8;

    private final ByteConnection peer;
    private final Duration stall;
    private final Map<Integer, TrunkConnection> connections = new HashMap<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile Optional<IOException> failure = Optional.empty();

    private Trunk(ByteConnection peer, Duration stall) {
        this.peer = peer;
        this.stall = stall;
    }

    /**
     * Opens connections over a peer, and starts to read what comes from it.
     *
     * @param peer closed with this trunk
     * @param stall how long a frame may take that has begun
     * @param ids the connections to open, not 0, which is reserved
     */
    public static Trunk start(ByteConnection peer, Duration stall, int... ids) {
        Trunk trunk = new Trunk(peer, stall);
        for (int id : ids) {
            if (id == 0) {
                throw new IllegalArgumentException("connection 0 is reserved");
            }
            trunk.connections.put(id, new TrunkConnection(id, trunk, stall));
        }
        Thread.ofVirtual().name("nri-trunk").start(trunk::readFrames);
        return trunk;
    }

    /**
     * A connection, of those that were opened.
     *
     * @throws IllegalArgumentException if it was not
     */
    public ByteConnection connection(int id) {
        TrunkConnection connection = connections.get(id);
        if (connection == null) {
            throw new IllegalArgumentException("connection " + Integer.toUnsignedString(id) + " was not opened");
        }
        return connection;
    }

    /** Why the trunk broke; empty while it works, and when it was closed by either side between two frames. */
    public Optional<IOException> failure() {
        return failure;
    }

    /** Ends all connections and the peer. */
    @Override
    public void close() {
        close(Optional.empty());
    }

    private void close(Optional<IOException> why) {
        if (ended.compareAndSet(false, true)) {
            failure = why;
            peer.close();
            connections.values().forEach(TrunkConnection::end);
        }
    }

    void write(int id, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int length = Math.min(bytes.remaining(), MAX_PAYLOAD);
            ByteBuffer frame = ByteBuffer.allocate(HEADER + length);
            frame.putInt(id).putInt(length).put(bytes.slice(bytes.position(), length));
            writeFrame(frame.flip());
            bytes.position(bytes.position() + length);
        }
    }

    private void writeFrame(ByteBuffer frame) throws IOException {
        try {
            Stalls.within(stall, why -> close(Optional.of(cannotWrite(why))), () -> {
                peer.write(frame);
                return frame;
            });
        } catch (IOException e) {
            // A frame may be out in part: no further one can follow it.
            close(Optional.of(cannotWrite(e)));
            throw failure().orElse(e);
        }
    }

    private static IOException cannotWrite(IOException why) {
        return new IOException("cannot write to the peer: " + why.getMessage(), why);
    }

    private void readFrames() {
        Optional<IOException> why = Optional.empty();
        try {
            byte[] header = new byte[HEADER];
            for (int read = peer.read(header, 0, HEADER); read > 0; read = peer.read(header, 0, HEADER)) {
                int begun = read;
                byte[] payload = Stalls.within(stall, e -> close(Optional.of(e)), () -> readRest(header, begun));
                TrunkConnection connection =
                        connections.get(ByteBuffer.wrap(header).getInt());
                if (connection != null && payload.length > 0) {
                    connection.arrived(payload);
                }
            }
        } catch (IOException e) {
            why = Optional.of(e);
        } finally {
            close(why);
        }
    }

    private byte[] readRest(byte[] header, int begun) throws IOException {
        peer.readFully(header, begun, HEADER - begun);
        int length = ByteBuffer.wrap(header).getInt(4);
        if (length < 0 || length > MAX_PAYLOAD) {
            throw new IOException("the peer announces a frame of " + Integer.toUnsignedString(length)
                    + " bytes where at most " + MAX_PAYLOAD + " are allowed");
        }
        byte[] payload = new byte[length];
        peer.readFully(payload, 0, length);
        return payload;
    }
}
