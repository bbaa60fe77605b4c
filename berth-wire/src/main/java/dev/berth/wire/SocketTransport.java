package dev.berth.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/** A connected socket; blocking. */
public final class SocketTransport implements Transport {
    /** EAGAIN: the queue of who wants to connect is full, and Nix's has five places. */
    private static final String FULL = "Resource temporarily unavailable";

    private static final Duration PAUSE = Duration.ofMillis(10);

    private final String peer;
    private final SocketChannel channel;
    private final InputStream in;
    private final OutputStream out;

    /**
     * @param channel connected and blocking; closed with this
     * @param peer for messages
     */
    public SocketTransport(SocketChannel channel, String peer) {
        this.peer = peer;
        this.channel = channel;
        this.in = Channels.newInputStream(channel);
        this.out = new SocketOutput(channel);
    }

    /**
     * Connects to a unix socket; a daemon that has many connections to accept first is given some time.
     *
     * @param patience how long to try while its queue is full
     * @throws IOException if nobody listens there
     */
    public static SocketTransport connect(Path path, Duration patience) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                return connect(path);
            } catch (SocketException e) {
                if (!FULL.equals(e.getMessage()) || System.nanoTime() - end > 0) {
                    throw e;
                }
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while connecting to " + path);
            }
        }
    }

    private static SocketTransport connect(Path path) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        boolean done = false;
        try {
            channel.connect(UnixDomainSocketAddress.of(path));
            done = true;
        } finally {
            if (!done) {
                channel.close();
            }
        }
        return new SocketTransport(channel, path.toString());
    }

    @Override
    public InputStream in() {
        return in;
    }

    @Override
    public OutputStream out() {
        return out;
    }

    @Override
    public String peer() {
        return peer;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // The connection is over either way.
        }
    }
}
