package dev.berth.gateway.ssh;

import dev.berth.gateway.Role;
import dev.berth.gateway.Sessions;
import dev.berth.wire.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One command of a client: a session of the store, or a line of text. Runs in a virtual thread of its own. */
final class StoreCommand implements Command {
    private static final Logger LOG = LoggerFactory.getLogger(StoreCommand.class);

    private final Request request;
    private final Role role;
    private final String peer;
    private final Sessions sessions;
    private final AtomicInteger running;
    private final ChannelSession channel;
    private final ChannelInput in;
    private @Nullable OutputStream out;
    private @Nullable OutputStream err;
    private @Nullable ExitCallback exit;

    /** @param running counts up while this runs */
    StoreCommand(
            Request request, Role role, String peer, Sessions sessions, AtomicInteger running, ChannelSession channel) {
        this.request = request;
        this.role = role;
        this.peer = peer;
        this.sessions = sessions;
        this.running = running;
        this.channel = channel;
        this.in = new ChannelInput(channel.getLocalWindow());
        channel.setDataReceiver(in);
    }

    @Override
    public void setInputStream(InputStream unused) {
        // The channel has our own receiver.
    }

    @Override
    public void setOutputStream(OutputStream stream) {
        out = stream;
    }

    @Override
    public void setErrorStream(OutputStream stream) {
        err = stream;
    }

    @Override
    public void setExitCallback(ExitCallback callback) {
        exit = callback;
    }

    @Override
    public void start(ChannelSession started, Environment environment) {
        OutputStream output = out;
        OutputStream error = err;
        ExitCallback callback = exit;
        if (output == null || error == null || callback == null) {
            throw new IllegalStateException("started without streams");
        }
        running.incrementAndGet();
        Thread.ofVirtual().name("berth-ssh").start(() -> {
            int code = 1;
            try {
                code = run(output, error);
                output.flush();
                error.flush();
            } catch (IOException e) {
                LOG.debug("{} went away: {}", peer, e.getMessage());
            } finally {
                running.decrementAndGet();
                in.abort();
                callback.onExit(code);
            }
        });
    }

    private int run(OutputStream output, OutputStream error) throws IOException {
        switch (request) {
            case Request.Worker(boolean untrusted) ->
                sessions.worker(untrusted && role == Role.ADMIN ? Role.WRITER : role, new ChannelTransport(output));
            case Request.Serve(boolean write) -> {
                return sessions.serve(role, write, new ChannelTransport(output), error);
            }
            case Request.Answer(String line) -> output.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            case Request.Refusal(String reason, int code) -> {
                error.write(("berth: " + reason + "\n").getBytes(StandardCharsets.UTF_8));
                return code;
            }
        }
        return 0;
    }

    /** The channel goes away: what waits for the client ends. */
    @Override
    public void destroy(ChannelSession destroyed) {
        in.abort();
    }

    /** The channel as the session sees it. */
    private final class ChannelTransport implements Transport {
        private final OutputStream output;
        private final Thread runner = Thread.currentThread();

        ChannelTransport(OutputStream output) {
            this.output = output;
        }

        @Override
        public InputStream in() {
            return in;
        }

        @Override
        public OutputStream out() {
            return output;
        }

        @Override
        public String peer() {
            return peer;
        }

        /** By the session itself at its end: what it wrote and the exit code still go out. By others: at once. */
        @Override
        public void close() {
            in.abort();
            if (!Thread.currentThread().equals(runner)) {
                channel.close(true);
            }
        }
    }
}
