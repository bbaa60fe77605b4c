package dev.berth.wire.serve;

import dev.berth.wire.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Two ends of a real socket.
 *
 * @param client one
 * @param server the other
 */
record SocketPair(Transport client, Transport server) implements AutoCloseable {
    static SocketPair open() throws IOException {
        Path directory = Files.createTempDirectory("berth-pair");
        Path path = directory.resolve("socket");
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(path));
            SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path));
            return new SocketPair(new End(client), new End(listener.accept()));
        } finally {
            Files.deleteIfExists(path);
            Files.delete(directory);
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }

    private record End(SocketChannel channel, InputStream in, OutputStream out) implements Transport {
        End(SocketChannel channel) {
            this(channel, Channels.newInputStream(channel), Channels.newOutputStream(channel));
        }

        @Override
        public String peer() {
            return "the other end";
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
