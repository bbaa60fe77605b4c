import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Stands between clients and a unix socket and writes down what each connection says: {@code DIR/NN.client} and
 * {@code DIR/NN.server}. Ends when it is killed.
 *
 * <p>{@code java RecordingRelay.java LISTEN UPSTREAM DIR}
 */
final class RecordingRelay {
    public static void main(String[] args) throws IOException {
        Path dir = Files.createDirectories(Path.of(args[2]));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(args[0]));
            for (int n = 0; ; n++) {
                SocketChannel client = server.accept();
                SocketChannel upstream = SocketChannel.open(UnixDomainSocketAddress.of(args[1]));
                Path name = dir.resolve("%02d".formatted(n));
                Thread.startVirtualThread(() -> pump(client, upstream, Path.of(name + ".client")));
                Thread.startVirtualThread(() -> pump(upstream, client, Path.of(name + ".server")));
            }
        }
    }

    private static void pump(SocketChannel from, SocketChannel to, Path record) {
        try (OutputStream out = Files.newOutputStream(record)) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            while (from.read(buffer) >= 0) {
                buffer.flip();
                out.write(buffer.array(), 0, buffer.limit());
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
                buffer.clear();
            }
            to.shutdownOutput();
        } catch (IOException e) {
            // One of them went away in the middle: the other is told by the end of its connection.
            close(from);
            close(to);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            System.err.println("closing a connection: " + e.getMessage());
        }
    }
}
