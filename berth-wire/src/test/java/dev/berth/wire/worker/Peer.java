package dev.berth.wire.worker;

import dev.berth.wire.SessionDrain;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A client written by hand, word by word, against a session of ours. */
final class Peer implements AutoCloseable {
    static final SessionLimits LIMITS =
            new SessionLimits(Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(20), 1 << 20);

    final FakeStore store = new FakeStore(Set.of());
    final MemoryTransport transport;
    final WireInput in;
    final WireOutput out;
    final SessionDrain drain = new SessionDrain();
    private final Thread session;

    /** Not greeted yet. */
    Peer(boolean trusted, SessionLimits limits) {
        MemoryTransport.Pair pair = MemoryTransport.pair();
        transport = pair.client();
        in = new WireInput(transport.in(), 1 << 20);
        out = new WireOutput(transport.out());
        session = Thread.ofVirtual().start(() -> WorkerSession.serve(store, trusted, pair.server(), limits, drain));
    }

    /** Greeted, and ready for operations. */
    static Peer at(int minor, boolean trusted) throws IOException {
        return at(minor, trusted, LIMITS);
    }

    static Peer at(int minor, boolean trusted, SessionLimits limits) throws IOException {
        Peer peer = new Peer(trusted, limits);
        peer.greet(minor);
        return peer;
    }

    void greet(int minor) throws IOException {
        say(Dialect.CLIENT_MAGIC, Dialect.version(minor));
        expect(Dialect.SERVER_MAGIC, Dialect.version(38));
        if (minor >= 38) {
            say(0L);
            expect(0L);
        }
        say(0, 0);
        if (minor >= 33) {
            expect("2.26.3");
        }
        if (minor >= 35) {
            in.u64();
        }
        expect(Stderr.LAST);
    }

    /** Sends numbers and texts. */
    void say(Object... words) throws IOException {
        for (Object word : words) {
            switch (word) {
                case Operation operation -> out.u64(operation.code());
                case Integer number -> out.u64(number);
                case Long number -> out.u64(number);
                case String text -> out.text(text);
                case byte[] raw -> out.stream().write(raw);
                default -> throw new AssertionError(word);
            }
        }
        out.flush();
    }

    /** Reads numbers and texts, which must be these. */
    void expect(Object... words) throws IOException {
        for (Object word : words) {
            Object got = word instanceof String ? in.text() : (Object) in.u64();
            Object wanted = word instanceof Integer number ? (Object) number.longValue() : word;
            if (!got.equals(wanted)) {
                throw new AssertionError("expected " + shown(wanted) + ", got " + shown(got));
            }
        }
    }

    private static String shown(Object word) {
        return word instanceof Long number ? "0x" + Long.toHexString(number) : word.toString();
    }

    /** Reads a structured error and gives its message. */
    String error() throws IOException {
        expect(Stderr.ERROR, "Error", 0, "Error");
        String message = in.text();
        expect(0, 0);
        return message;
    }

    /** Whether the session has closed the connection. */
    boolean isEnded() throws IOException {
        return in.atEnd();
    }

    /** What the store was asked last. */
    Optional<Object> asked() {
        List<Object> asked = store.asked;
        return asked.isEmpty() ? Optional.empty() : Optional.of(asked.getFirst());
    }

    /** Waits for the session to end by itself. */
    void awaitEnd() {
        try {
            if (!session.join(Duration.ofSeconds(30))) {
                throw new AssertionError("the session does not end");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        transport.close();
        awaitEnd();
    }
}
