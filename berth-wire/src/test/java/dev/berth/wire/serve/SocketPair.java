package dev.berth.wire.serve;

import dev.berth.wire.SocketTransport;
import dev.berth.wire.Transport;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
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
            return new SocketPair(end(client), end(listener.accept()));
        } finally {
            Files.deleteIfExists(path);
            Files.delete(directory);
        }
    }

    private static Transport end(SocketChannel channel) {
        return new SocketTransport(channel, "the other end");
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
