package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.StoreDir;
import dev.berth.testing.Seed;
import dev.berth.wire.LogEvent;
import dev.berth.wire.SessionDrain;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.Timeouts;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A client and a session of ours, connected in memory. */
final class Conversation implements AutoCloseable {
    static final SessionLimits LIMITS =
            new SessionLimits(Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofSeconds(20), 32L << 20);
    static final Timeouts TIMEOUTS = new Timeouts(
            Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofSeconds(60));

    private static final int ROUNDS = 10;

    final FakeStore store;
    final WorkerClient client;
    final Dialect dialect;
    final Queue<LogEvent> log = new ConcurrentLinkedQueue<>();
    private final Thread session;

    Conversation(Dialect dialect, boolean trusted) {
        this.dialect = dialect;
        this.store = new FakeStore(dialect.features());
        MemoryTransport.Pair pair = MemoryTransport.pair();
        // Each side offers the newest in turn, and the other one the version.
        boolean byClient = dialect.minor() % 2 == 0;
        session = Thread.ofVirtual()
                .start(() -> WorkerSession.serve(
                        store,
                        trusted,
                        pair.server(),
                        LIMITS,
                        new SessionDrain(),
                        byClient ? Dialect.NEWEST : dialect.minor()));
        client = WorkerClient.connect(
                pair.client(),
                StoreDir.DEFAULT,
                TIMEOUTS,
                byClient ? dialect.minor() : Dialect.NEWEST,
                Dialect.KNOWN_FEATURES);
        client.setLog(log::add);
    }

    /** What is said. */
    @FunctionalInterface
    interface Talk {
        void with(Conversation conversation, Any any) throws IOException;
    }

    /** Talks with different values in every version; what fails names its seed and version. */
    static void inEveryVersion(Talk talk) {
        long first = Seed.first();
        for (Dialect dialect : dialects()) {
            try (Conversation conversation = new Conversation(dialect, true)) {
                for (long seed = first; seed < first + ROUNDS; seed++) {
                    try {
                        talk.with(conversation, new Any(seed));
                    } catch (AssertionError | IOException | RuntimeException e) {
                        throw new AssertionError("failed with seed " + seed + " at " + dialect, e);
                    }
                }
                assertThat(conversation.client.isClosed()).isFalse();
            }
        }
    }

    /** Every version, and the newest with every feature. */
    static List<Dialect> dialects() {
        List<Dialect> all = new ArrayList<>();
        for (int minor = Dialect.OLDEST; minor <= Dialect.NEWEST; minor++) {
            all.add(new Dialect(StoreDir.DEFAULT, minor, Set.of()));
        }
        all.add(new Dialect(StoreDir.DEFAULT, Dialect.NEWEST, Dialect.KNOWN_FEATURES));
        return all;
    }

    @Override
    public void close() {
        client.close();
        try {
            session.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        if (!store.closed) {
            throw new AssertionError("the session did not close its store");
        }
    }
}
