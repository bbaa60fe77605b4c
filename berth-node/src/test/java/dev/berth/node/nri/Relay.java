package dev.berth.node.nri;

import dev.berth.node.nri.ttrpc.Async;
import dev.berth.node.nri.ttrpc.SocketConnection;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;

/**
 * Stands between a plugin and a runtime and writes down what passes, a line for each piece in the order of passing: {@code <}
 * before what the runtime says, {@code >} before what the plugin says.
 */
final class Relay implements AutoCloseable {
    private final ServerSocketChannel listener;
    private final BufferedWriter record;

    private Relay(ServerSocketChannel listener, BufferedWriter record) {
        this.listener = listener;
        this.record = record;
    }

    static Relay start(Path socket, Path runtime, Path file) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        Relay relay = new Relay(listener, Files.newBufferedWriter(file));
        Async.serve(() -> {
            SocketConnection plugin = new SocketConnection(listener.accept());
            SocketConnection there = SocketConnection.connect(runtime, Duration.ofSeconds(5));
            Async.serve(() -> relay.pass('<', there, plugin));
            relay.pass('>', plugin, there);
        });
        return relay;
    }

    private void pass(char direction, SocketConnection from, SocketConnection to) throws IOException {
        byte[] piece = new byte[1 << 16];
        for (int read = from.read(piece, 0, piece.length); read > 0; read = from.read(piece, 0, piece.length)) {
            synchronized (this) {
                record.write(direction + " " + HexFormat.of().formatHex(piece, 0, read) + "\n");
                record.flush();
            }
            to.write(ByteBuffer.wrap(piece, 0, read));
        }
        to.close();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        record.close();
    }
}
