package dev.berth.wire.worker;

import dev.berth.wire.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A transport on a unix socket. */
final class SocketTransport implements Transport {
    private final SocketChannel channel;
    private final InputStream in;
    private final OutputStream out;

    SocketTransport(SocketChannel channel) {
        this.channel = channel;
        this.in = Channels.newInputStream(channel);
        this.out = Channels.newOutputStream(channel);
    }

    static SocketTransport connect(Path socket) throws IOException {
        return new SocketTransport(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
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
        return "the socket";
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
