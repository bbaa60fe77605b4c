package dev.berth.node.nri.ttrpc;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/** A connection over a socket. */
public final class SocketConnection implements ByteConnection {
    private final SocketChannel channel;
    private final ReentrantLock writing = new ReentrantLock();

    /** Takes over a connected channel in blocking mode. */
    public SocketConnection(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Connects to a unix socket.
     *
     * @throws IOException if nobody listens, or takes the connection within the limit
     */
    public static SocketConnection connect(Path socket, Duration limit) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        boolean done = false;
        try {
            // A listener whose backlog is full keeps a connect waiting.
            Stalls.within(
                    limit, why -> closeQuietly(channel), () -> channel.connect(UnixDomainSocketAddress.of(socket)));
            done = true;
            return new SocketConnection(channel);
        } finally {
            if (!done) {
                closeQuietly(channel);
            }
        }
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        try {
            return channel.read(ByteBuffer.wrap(to, offset, length));
        } catch (ClosedChannelException e) {
            throw closed(e);
        }
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        writing.lock();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (ClosedChannelException e) {
            throw closed(e);
        } finally {
            writing.unlock();
        }
    }

    /** These exceptions have no message. */
    private static IOException closed(ClosedChannelException e) {
        return new IOException("the connection is closed", e);
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // The descriptor is gone in any case, and nobody waits for what it may have lost.
        }
    }
}
