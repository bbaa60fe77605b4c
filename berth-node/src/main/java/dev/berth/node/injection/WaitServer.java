package dev.berth.node.injection;

import dev.berth.node.grpc.SocketFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the hooks that hold containers back: a hook connects, sends the state of its container and waits for lines, as
 * {@code src/main/c/berth-wait.c} tells. Only root is heard: whoever else can connect could have mounts made in any process.
 */
final class WaitServer implements AutoCloseable {
    /** What the hooks look for in the agent's directory. */
    static final String SOCKET = "wait";

    private static final Logger LOG = LoggerFactory.getLogger(WaitServer.class);
    private static final Set<String> ROOT = Set.of("root", "0");
    private static final int MAX_CLIENTS = 1024;
    private static final int MAX_STATE = 1 << 20;
    private static final int MAX_REASON = 2000;
    private static final Duration STATE_PATIENCE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(100);

    /** What is done for a hook. */
    interface Waiting {
        /**
         * Does what the container waits for.
         *
         * @param heartbeat to be run every few seconds meanwhile; it throws when the hook is gone
         * @throws RefusedException if the container must not start
         */
        void serve(OciState state, Heartbeat heartbeat) throws IOException, InterruptedException;
    }

    /** A sign of life. */
    interface Heartbeat {
        void send() throws IOException;
    }

    private final SocketFile file;
    private final ServerSocketChannel listener;
    private final Waiting waiting;
    private final Semaphore places = new Semaphore(MAX_CLIENTS);
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

    private WaitServer(SocketFile file, ServerSocketChannel listener, Waiting waiting) {
        this.file = file;
        this.listener = listener;
        this.waiting = waiting;
    }

    /** Serves {@code DIRECTORY/wait}. */
    static WaitServer start(Path directory, Waiting waiting) throws IOException {
        SocketFile file = new SocketFile(directory.resolve(SOCKET));
        Path beside = file.prepare();
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        boolean done = false;
        try {
            listener.bind(UnixDomainSocketAddress.of(beside), MAX_CLIENTS);
            file.publish();
            WaitServer server = new WaitServer(file, listener, waiting);
            Thread.ofPlatform().daemon().name("berth-wait").start(server::accept);
            done = true;
            return server;
        } finally {
            if (!done) {
                listener.close();
            }
        }
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                SocketChannel client = listener.accept();
                open.add(client);
                if (!listener.isOpen()) {
                    client.close(); // came while this was closed, which may not have seen it
                    return;
                }
                Thread.ofVirtual().name("berth-wait").start(() -> handle(client));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("cannot accept a container's hook: {}", e.getMessage());
                pause();
            }
        }
    }

    /** Lest a lack of descriptors becomes a busy loop. */
    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void handle(SocketChannel client) {
        boolean place = places.tryAcquire();
        try (client) {
            String user =
                    client.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
            if (!ROOT.contains(user)) {
                LOG.warn("refused a connection of user {}: only root's hooks are answered", user);
            } else if (place) {
                answer(client);
            }
            // Without a place it tries again until there is one.
        } catch (IOException e) {
            LOG.debug("a container's hook is gone: {}", e.getMessage());
        } catch (RuntimeException e) {
            // It asks again, and its runtime says why it gave up if that helps nothing.
            LOG.error("a defect keeps a container waiting", e);
        } finally {
            open.remove(client);
            if (place) {
                places.release();
            }
        }
    }

    private void answer(SocketChannel client) throws IOException {
        OutputStream out = Channels.newOutputStream(client);
        try {
            waiting.serve(OciState.parse(state(client)), () -> say(out, "wait"));
            say(out, "ready");
        } catch (RefusedException e) {
            say(out, "failed " + oneLine(String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            // The agent ends; the hook asks the next one.
            Thread.currentThread().interrupt();
        }
    }

    private static byte[] state(SocketChannel client) throws IOException {
        Thread limit = Thread.ofVirtual().name("berth-wait-limit").start(() -> closeLater(client));
        try {
            InputStream in = Channels.newInputStream(client);
            ByteArrayOutputStream state = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            for (int n; (n = in.read(buffer)) >= 0; ) {
                state.write(buffer, 0, n);
                if (state.size() > MAX_STATE) {
                    throw new RefusedException("the runtime says more than 1 MiB of this container");
                }
            }
            return state.toByteArray();
        } finally {
            limit.interrupt();
        }
    }

    private static void closeLater(SocketChannel client) {
        try {
            Thread.sleep(STATE_PATIENCE);
            client.close();
        } catch (InterruptedException e) {
            // It came in time.
        } catch (IOException e) {
            LOG.debug("cannot close a hook's connection: {}", e.getMessage());
        }
    }

    private static void say(OutputStream out, String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static String oneLine(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() <= MAX_REASON ? line : line.substring(0, MAX_REASON) + "…";
    }

    /** Stops answering; hooks that wait ask the next agent. */
    @Override
    public void close() throws IOException {
        listener.close();
        file.remove();
        for (SocketChannel client : open) {
            client.close();
        }
    }
}
