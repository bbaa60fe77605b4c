package dev.berth.wire.serve;

import dev.berth.nix.FormatException;
import dev.berth.wire.GuardedTransport;
import dev.berth.wire.LogEvent;
import dev.berth.wire.LogSink;
import dev.berth.wire.SessionDrain;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.Transport;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The server's side of the serve protocol: what {@code nix-store --serve} does (nix-store.cc, {@code opServe}). The
 * protocol has no errors but those of builds: the first other one ends the session, and is said on the standard error of
 * the command that the client started.
 */
public final class ServeSession {
    private ServeSession() {}

    /**
     * Serves one client until it leaves. The transport is closed.
     *
     * @param service the store
     * @param trusted whether what the client sends may come in without signatures, as for {@code nix-store --serve} of a
     *     user who may write the store
     * @param write whether {@code --write} was given; else the client may only read
     * @param errors gets log lines, and an error as a line with {@code error:} in front; not closed
     * @return the exit code of the command: 0, or 1 after an error
     */
    public static int serve(
            StoreService service,
            boolean trusted,
            boolean write,
            Transport transport,
            OutputStream errors,
            SessionLimits limits) {
        return serve(service, trusted, write, transport, errors, limits, new SessionDrain());
    }

    /**
     * Serves one client.
     *
     * @param drain ends it between commands
     * @see #serve(StoreService, boolean, boolean, Transport, OutputStream, SessionLimits)
     */
    public static int serve(
            StoreService service,
            boolean trusted,
            boolean write,
            Transport transport,
            OutputStream errors,
            SessionLimits limits,
            SessionDrain drain) {
        Lines lines = new Lines(errors);
        try (GuardedTransport guarded = new GuardedTransport(transport, limits.waitForHandshake())) {
            WireInput in = new WireInput(guarded.in(), limits.maxMessage());
            WireOutput out = new WireOutput(guarded.out());
            int minor = greet(in, out);
            guarded.writeWithin(limits.waitForReader());
            try (StoreOperations store = service.open(trusted, lines)) {
                ServeCommands commands =
                        new ServeCommands(store, new ServeCodec(service.storeDir(), minor), trusted, write, in, out);
                guarded.readWithin(limits.waitForOperation());
                while (nextIsHere(in, guarded, drain)) {
                    guarded.readWithin(limits.waitForRest());
                    in.startMessage();
                    commands.run();
                    out.flush();
                    guarded.readWithin(limits.waitForOperation());
                }
            }
            return 0;
        } catch (IOException | RuntimeException e) {
            lines.error(e);
            return 1;
        }
    }

    private static boolean nextIsHere(WireInput in, GuardedTransport transport, SessionDrain drain) throws IOException {
        if (!drain.enterIdle(transport)) {
            return false;
        }
        try {
            return !in.atEnd();
        } finally {
            drain.leaveIdle(transport);
        }
    }

    private static int greet(WireInput in, WireOutput out) throws IOException {
        long magic = in.u64();
        if (magic != ServeProtocol.CLIENT_MAGIC) {
            throw new WireException("protocol mismatch: the client does not speak the serve protocol");
        }
        out.u64(ServeProtocol.SERVER_MAGIC);
        out.u64(ServeProtocol.version(ServeProtocol.LATEST));
        out.flush();
        long version = in.u64();
        if (version >>> 8 != ServeProtocol.MAJOR) {
            throw new FormatException("the client speaks version " + (version >>> 8) + "." + (version & 0xff)
                    + " of the serve protocol, this is 2." + ServeProtocol.LATEST);
        }
        return Math.min((int) (version & 0xff), ServeProtocol.LATEST);
    }

    /** Standard error of the command. */
    private static final class Lines implements LogSink {
        private final OutputStream out;
        private final ReentrantLock lock = new ReentrantLock();
        private boolean broken;

        Lines(OutputStream out) {
            this.out = out;
        }

        @Override
        public void log(LogEvent event) {
            if (event instanceof LogEvent.Message message) {
                write(message.text());
            }
        }

        void error(Exception failure) {
            Throwable cause = failure.getCause();
            Throwable e = failure instanceof UncheckedIOException && cause != null ? cause : failure;
            String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            write(("error: " + message + "\n").getBytes(StandardCharsets.UTF_8));
        }

        private void write(byte[] bytes) {
            lock.lock();
            try {
                if (!broken) {
                    out.write(bytes);
                    out.flush();
                }
            } catch (IOException e) {
                // Nobody reads it any more; the protocol's own stream says whether the client is there.
                broken = true;
            } finally {
                lock.unlock();
            }
        }
    }
}
