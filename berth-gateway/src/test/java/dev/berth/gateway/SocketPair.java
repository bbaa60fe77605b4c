package dev.berth.gateway;

import dev.berth.wire.SocketTransport;
import dev.berth.wire.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** Both ends of a connection, or one. */
final class SocketPair {
    private SocketPair() {}

    static Transport of(SocketChannel channel) {
        return new SocketTransport(channel, "test");
    }

    static Transport connect(Path socket) throws IOException {
        return of(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    /** The client's end, and then the server's. */
    static Transport[] open(Path directory) {
        Path socket = directory.resolve("pair" + System.nanoTime());
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            return new Transport[] {of(client), of(server.accept())};
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An open connection to a child's standard streams, whose process ends with it. */
    static Transport of(Process process) {
        return new Transport() {
            @Override
            public InputStream in() {
                return process.getInputStream();
            }

            @Override
            public OutputStream out() {
                return process.getOutputStream();
            }

            @Override
            public String peer() {
                return "process " + process.pid();
            }

            @Override
            public void close() {
                // Its end of file; a process behind a script hears nothing else.
                try (OutputStream out = process.getOutputStream()) {
                    out.flush();
                } catch (IOException e) {
                    // It has ended.
                }
                process.destroy();
            }
        };
    }
}
