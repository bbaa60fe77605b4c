package dev.berth.wire.worker;

import com.sun.management.ThreadMXBean;
import dev.berth.nix.StoreDir;
import dev.berth.wire.RemoteException;
import dev.berth.wire.SessionDrain;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Transport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * Sessions that were recorded and then damaged: whatever comes, either side ends with an error in time, with memory in
 * proportion to what it got. {@code -Dberth.fuzz.minutes=10} makes it go on for so long.
 */
final class WorkerFuzzTest {
    private static final SessionLimits LIMITS =
            new SessionLimits(Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(10), 8L << 20);
    private static final Timeouts TIMEOUTS = new Timeouts(
            Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(10));
    private static final long MEMORY = 64L << 20;
    private static final long SECONDS_OF_A_NORMAL_RUN = 4;
    private static final long LONGEST_NANOS = 8_000_000_000L;

    /** Reads a recording and writes into nothing. */
    private static final class Replay implements Transport {
        private final InputStream in;
        private final AtomicBoolean closed = new AtomicBoolean();

        Replay(byte[] recorded) {
            this.in = new ByteArrayInputStream(recorded);
        }

        @Override
        public InputStream in() {
            return in;
        }

        @Override
        public OutputStream out() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public String peer() {
            return "a recording";
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }

    /** Both directions of a good session. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Recording(Dialect dialect, long seed, byte[] toServer, byte[] toClient) {}

    private static Recording record(Dialect dialect, long seed) throws IOException {
        MemoryTransport.Pair pair = MemoryTransport.pair();
        ByteArrayOutputStream toServer = new ByteArrayOutputStream();
        ByteArrayOutputStream toClient = new ByteArrayOutputStream();
        FakeStore store = store(dialect, seed);
        Thread session = Thread.ofVirtual()
                .start(() ->
                        WorkerSession.serve(store, true, pair.server(), LIMITS, new SessionDrain(), dialect.minor()));
        Transport tee = new Tee(pair.client(), toServer, toClient);
        try (WorkerClient client =
                WorkerClient.connect(tee, StoreDir.DEFAULT, TIMEOUTS, Dialect.NEWEST, Dialect.KNOWN_FEATURES)) {
            new Scenario(dialect, seed).play(client);
        }
        try {
            session.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return new Recording(dialect, seed, toServer.toByteArray(), toClient.toByteArray());
    }

    private static FakeStore store(Dialect dialect, long seed) {
        FakeStore store = new FakeStore(dialect.features());
        Any any = new Any(seed);
        store.answers = method -> Scenario.answer(any, dialect, method);
        store.nar = any.tree();
        store.before = log -> any.some(2, any::logEvent).forEach(log::log);
        return store;
    }

    private static byte[] damaged(byte[] recorded, Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] bytes = recorded.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt();
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> word(bytes, at & ~7, random.nextLong() >>> random.nextInt(64));
                case 3 -> word(bytes, at & ~7, random.nextInt(60));
                default -> word(bytes, at & ~7, -1L);
            }
        }
        // A part left out, or twice, or an end that comes early.
        int from = random.nextInt(bytes.length) & ~7;
        int to = random.nextBoolean() ? from : Math.min(bytes.length, from + 8 * random.nextInt(50));
        out.write(bytes, 0, to);
        out.write(bytes, from, bytes.length - from);
        return random.nextInt(10) == 0
                ? Arrays.copyOf(out.toByteArray(), random.nextInt(out.size()))
                : out.toByteArray();
    }

    private static void word(byte[] bytes, int at, long value) {
        for (int i = 0; i < 8 && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >>> (8 * i));
        }
    }

    @FunctionalInterface
    private interface Side {
        void take(byte[] bytes) throws IOException;
    }

    /** Runs one side, and holds it to its promises. */
    private static void bounded(byte[] bytes, Side side) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long memory = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        side.take(bytes);
        long taken = System.nanoTime() - start;
        long used = threads.getCurrentThreadAllocatedBytes() - memory;
        if (used > MEMORY + 40L * bytes.length) {
            throw new AssertionError(used + " bytes allocated for " + bytes.length);
        }
        if (taken > LONGEST_NANOS) {
            throw new AssertionError(taken / 1_000_000 + " ms for " + bytes.length + " bytes, which wait for nothing");
        }
    }

    private static void serve(Recording recording, byte[] bytes) {
        FakeStore store = store(recording.dialect(), recording.seed());
        Replay replay = new Replay(bytes);
        WorkerSession.serve(store, bytes.length % 2 == 0, replay, LIMITS);
        if (!replay.closed.get()) {
            throw new AssertionError("the session left its transport open");
        }
    }

    private static void use(Recording recording, byte[] bytes) {
        Replay replay = new Replay(bytes);
        try (WorkerClient client = WorkerClient.connect(replay, StoreDir.DEFAULT, TIMEOUTS)) {
            new Scenario(recording.dialect(), recording.seed()).play(client);
        } catch (RemoteException | IOException e) {
            // What the contract allows: anything else fails the test.
            if (e.getMessage() == null) {
                throw new AssertionError("an error without words", e);
            }
        }
        if (!replay.closed.get()) {
            throw new AssertionError("the client left its transport open");
        }
    }

    @Test
    void damagedSessions() throws IOException {
        long minutes = Long.getLong("berth.fuzz.minutes", 0);
        long nanos = minutes > 0 ? minutes * 60_000_000_000L : SECONDS_OF_A_NORMAL_RUN * 1_000_000_000L;
        long start = System.nanoTime();
        List<Recording> recordings = new ArrayList<>();
        for (Dialect dialect : Conversation.dialects()) {
            recordings.add(record(dialect, start + recordings.size()));
        }
        long runs = 0;
        for (long seed = start; System.nanoTime() - start < nanos; seed++) {
            Random random = new Random(seed);
            if (seed % 1000 == 0) {
                int which = random.nextInt(recordings.size());
                recordings.set(which, record(recordings.get(which).dialect(), seed));
            }
            Recording recording = recordings.get(random.nextInt(recordings.size()));
            try {
                byte[] toServer = damaged(recording.toServer(), random);
                bounded(toServer, bytes -> serve(recording, bytes));
                byte[] toClient = damaged(recording.toClient(), random);
                bounded(toClient, bytes -> use(recording, bytes));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "failed with seed " + seed + " on a recording of seed " + recording.seed() + " at "
                                + recording.dialect(),
                        e);
            }
            runs++;
        }
        System.out.println("fuzzed " + runs + " damaged sessions of each side, from seed " + start);
    }

    /** Copies what passes. */
    private record Tee(Transport transport, OutputStream sent, OutputStream received) implements Transport {
        @Override
        public InputStream in() {
            return new InputStream() {
                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    int count = transport.in().read(bytes, offset, length);
                    if (count > 0) {
                        received.write(bytes, offset, count);
                    }
                    return count;
                }
            };
        }

        @Override
        public OutputStream out() {
            return new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    sent.write(bytes, offset, length);
                    transport.out().write(bytes, offset, length);
                }
            };
        }

        @Override
        public String peer() {
            return transport.peer();
        }

        @Override
        public void close() {
            transport.close();
        }
    }
}
