package dev.berth.node.nri.ttrpc;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Both ends of a real unix socket. */
record SocketPair(SocketConnection here, SocketConnection there) implements AutoCloseable {
    static SocketPair open(Path dir) throws IOException {
        Path file = Files.createTempFile(dir, "pair", ".sock");
        Files.delete(file);
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(file));
            SocketConnection here = SocketConnection.connect(file, Duration.ofSeconds(5));
            return new SocketPair(here, new SocketConnection(listener.accept()));
        }
    }

    @Override
    public void close() {
        here.close();
        there.close();
    }
}
