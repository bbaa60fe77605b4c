package dev.berth.wire.worker;

import dev.berth.wire.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** One end of two pipes in memory. */
final class MemoryTransport implements Transport {
    private final String peer;
    private final BytePipe toPeer;
    private final BytePipe fromPeer;
    private volatile boolean closed;

    /** Both ends. */
    record Pair(MemoryTransport client, MemoryTransport server) {}

    private MemoryTransport(String peer, BytePipe toPeer, BytePipe fromPeer) {
        this.peer = peer;
        this.toPeer = toPeer;
        this.fromPeer = fromPeer;
    }

    static Pair pair() {
        BytePipe up = new BytePipe();
        BytePipe down = new BytePipe();
        return new Pair(new MemoryTransport("the server", up, down), new MemoryTransport("the client", down, up));
    }

    boolean isClosed() {
        return closed;
    }

    /** Lets the peer read the end, while this side still reads. */
    void endOutput() throws IOException {
        toPeer.out().close();
    }

    @Override
    public InputStream in() {
        return fromPeer.in();
    }

    @Override
    public OutputStream out() {
        return toPeer.out();
    }

    @Override
    public String peer() {
        return peer;
    }

    @Override
    public void close() {
        closed = true;
        try {
            toPeer.out().close();
            fromPeer.in().close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
