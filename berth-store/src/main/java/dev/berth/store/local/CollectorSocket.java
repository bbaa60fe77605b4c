package dev.berth.store.local;

import dev.berth.linux.Directory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The talk with a running garbage collection (libstore/gc.cc): one line a path, and {@code 1} back for each once it will
 * not be deleted any more, or is completely deleted.
 */
final class CollectorSocket {
    private static final Logger LOG = LoggerFactory.getLogger(CollectorSocket.class);
    // What both sides' socket buffers hold, so that neither waits for the other to read.
    private static final int AT_ONCE = 64;

    private CollectorSocket() {}

    /** Its address by way of the open state directory: a socket's own path may be at most 107 bytes long. */
    static UnixDomainSocketAddress address(Directory directory, String below) {
        return UnixDomainSocketAddress.of("/proc/self/fd/" + directory.number() + "/" + below);
    }

    /**
     * Tells the collector of paths.
     *
     * @param deadline in {@link System#nanoTime}
     * @return false if it is not there or went away: it may be over
     */
    static boolean tell(Directory state, List<String> paths, long deadline) throws InterruptedException {
        try (SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.connect(address(state, "gc-socket/socket"));
            socket.configureBlocking(false);
            for (int from = 0; from < paths.size(); from += AT_ONCE) {
                List<String> some = paths.subList(from, Math.min(from + AT_ONCE, paths.size()));
                String lines = String.join("\n", some) + "\n";
                if (!write(socket, ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8)), deadline)
                        || !acknowledged(socket, some.size(), deadline)) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            LOG.debug("garbage collection went away: {}", e.getMessage());
            return false;
        }
    }

    private static boolean write(SocketChannel socket, ByteBuffer bytes, long deadline)
            throws IOException, InterruptedException {
        while (bytes.hasRemaining()) {
            if (socket.write(bytes) == 0 && !pause(deadline)) {
                return false;
            }
        }
        return true;
    }

    private static boolean acknowledged(SocketChannel socket, int count, long deadline)
            throws IOException, InterruptedException {
        ByteBuffer answers = ByteBuffer.allocate(count);
        while (answers.hasRemaining()) {
            int n = socket.read(answers);
            if (n < 0 || (n == 0 && !pause(deadline))) {
                return false;
            }
        }
        return true;
    }

    private static boolean pause(long deadline) throws InterruptedException {
        Thread.sleep(1);
        return System.nanoTime() - deadline < 0;
    }
}
