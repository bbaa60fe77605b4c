package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.testing.Seed;
import dev.berth.wire.RemoteException;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.Timeouts;
import dev.berth.wire.WireOutput;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that break the protocol, or stall in it, are told where they can hear it, and left in time. */
final class HostilePeerTest {
    private static final String PATH = "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo";
    private static final SessionLimits IMPATIENT =
            new SessionLimits(Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofMillis(300), 1 << 20);
    private static final Timeouts HASTY = new Timeouts(
            Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofMillis(300));

    @Test
    void randomBytesInsteadOfAGreeting() throws IOException {
        long first = Seed.first();
        for (long seed = first; seed < first + 200; seed++) {
            byte[] noise = new byte[100];
            new Random(seed).nextBytes(noise);
            try (Peer peer = new Peer(true, Peer.LIMITS)) {
                peer.say((Object) noise);
                assertThat(peer.isEnded()).as("seed %d", seed).isTrue();
                peer.awaitEnd();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x114, 0x10a, 0x100})
    void anOldClientIsTold(int version) throws IOException {
        try (Peer peer = new Peer(true, Peer.LIMITS)) {
            peer.say(Dialect.CLIENT_MAGIC, version);
            peer.expect(Dialect.SERVER_MAGIC, 0x126, Stderr.ERROR);
            assertThat(peer.in.text()).contains("the Nix client speaks protocol 1." + (version & 0xff));
            peer.expect(1);
            assertThat(peer.isEnded()).isTrue();
        }
    }

    @Test
    void anotherMajorVersionIsLeft() throws IOException {
        try (Peer peer = new Peer(true, Peer.LIMITS)) {
            peer.say(Dialect.CLIENT_MAGIC, 0x200);
            peer.expect(Dialect.SERVER_MAGIC, 0x126);
            assertThat(peer.isEnded()).isTrue();
        }
    }

    @Test
    void anUnknownOperationIsAnErrorAndTheEnd() throws IOException {
        for (long operation : new long[] {0, 2, 16, 17, 24, 25, 27, 48, 1000, -1}) {
            try (Peer peer = Peer.at(37, true)) {
                peer.say(operation);
                assertThat(peer.error()).isEqualTo("invalid operation " + operation);
                assertThat(peer.isEnded()).isTrue();
            }
        }
    }

    @Test
    void badArgumentsAreAnErrorAndTheEnd() throws IOException {
        for (String bad : new String[] {"", "/nix/store/x", "/etc/passwd", PATH + "/bin", PATH + "\n"}) {
            try (Peer peer = Peer.at(37, true)) {
                peer.say(Operation.IS_VALID_PATH, bad);
                peer.error();
                assertThat(peer.isEnded()).isTrue();
                assertThat(peer.asked()).isEmpty();
            }
        }
    }

    @Test
    void paddingThatIsNotZero() throws IOException {
        try (Peer peer = Peer.at(37, true)) {
            peer.say(Operation.IS_VALID_PATH, 1, new byte[] {'x', 0, 0, 0, 0, 0, 0, 1});
            assertThat(peer.error()).contains("non-zero padding");
            assertThat(peer.isEnded()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MAX_VALUE, 1L << 40, 1L << 31, (1L << 20) + 1})
    void hugeCountsAndLengths(long huge) throws IOException {
        try (Peer peer = Peer.at(37, true)) {
            peer.say(Operation.IS_VALID_PATH, huge);
            assertThat(peer.error()).contains("larger than 1048576 bytes");
            assertThat(peer.isEnded()).isTrue();
        }
        try (Peer peer = Peer.at(37, true)) {
            peer.say(Operation.QUERY_VALID_PATHS, huge);
            for (int i = 0; i < 1000; i++) {
                peer.say(PATH);
            }
            // It ends by the limit of the message, or because the client does; never by the count.
            peer.transport.endOutput();
            peer.error();
            assertThat(peer.isEnded()).isTrue();
        }
    }

    @Test
    void countsWithoutEnd() throws IOException {
        // Empty texts cost eight bytes on the wire, and objects here.
        try (Peer peer = Peer.at(37, true)) {
            Thread endless = Thread.ofVirtual().start(() -> {
                try {
                    peer.say(Operation.BUILD_PATHS, -1L);
                    while (true) {
                        peer.say(PATH);
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(peer.error()).contains("the message is larger than");
            peer.awaitEnd();
            endless.interrupt();
        }
    }

    @Test
    void aClientThatGoesInTheMiddle() throws IOException {
        Object[][] beginnings = {
            {Operation.IS_VALID_PATH},
            {Operation.IS_VALID_PATH, 50},
            {Operation.QUERY_VALID_PATHS, 3, PATH},
            {Operation.ADD_MULTIPLE_TO_STORE, 0, 0, 8, new byte[] {1, 2}},
            {Operation.ADD_MULTIPLE_TO_STORE, 0, 0, 8, 2L, 8},
            {Operation.ADD_BUILD_LOG, "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo.drv", 100, new byte[10]},
        };
        for (Object[] beginning : beginnings) {
            try (Peer peer = Peer.at(37, true)) {
                peer.say(beginning);
                peer.transport.endOutput();
                assertThat(peer.error()).isNotEmpty();
                assertThat(peer.isEnded()).isTrue();
                peer.awaitEnd();
            }
        }
    }

    @Test
    void stallsAnywhere() throws IOException {
        try (Peer silent = new Peer(true, IMPATIENT)) {
            silent.awaitEnd();
        }
        try (Peer slow = new Peer(true, IMPATIENT)) {
            // A byte now and then does not stretch a handshake.
            Thread drip = Thread.ofVirtual().start(() -> {
                try {
                    for (byte each : new byte[] {0x63, 0x78, 0x69, 0x6e, 0, 0, 0}) {
                        slow.say((Object) new byte[] {each});
                        Thread.sleep(100);
                    }
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            slow.awaitEnd();
            drip.interrupt();
        }
        Object[][] beginnings = {
            {},
            {Operation.IS_VALID_PATH},
            {Operation.QUERY_VALID_PATHS, 3, PATH},
            {Operation.ADD_MULTIPLE_TO_STORE, 0, 0, 100, 3L},
            {Operation.ADD_BUILD_LOG, "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo.drv", 100, new byte[10]},
        };
        for (Object[] beginning : beginnings) {
            try (Peer peer = Peer.at(37, true, IMPATIENT)) {
                peer.say(beginning);
                peer.awaitEnd();
                assertThat(peer.store.closed).isTrue();
            }
        }
    }

    @Test
    void aClientThatDoesNotRead() throws IOException {
        try (Peer peer = Peer.at(37, true, IMPATIENT)) {
            peer.store.nar = sink -> {
                byte[] piece = new byte[1 << 20];
                sink.startFile(false, 1L << 40);
                while (true) {
                    sink.contents(piece, 0, piece.length);
                }
            };
            peer.say(Operation.NAR_FROM_PATH, PATH);
            peer.awaitEnd();
        }
    }

    @Test
    void aServerThatStalls() throws IOException {
        MemoryTransport.Pair silent = MemoryTransport.pair();
        assertThatThrownBy(() -> WorkerClient.connect(silent.client(), StoreDir.DEFAULT, HASTY))
                .isInstanceOf(RemoteException.class)
                .hasMessageContaining("waited longer than 300 ms for the handshake of the server");
        assertThat(silent.client().isClosed()).isTrue();

        StorePath path = StoreDir.DEFAULT.parse(PATH);
        WorkerClient query = greeted();
        assertThatThrownBy(() -> query.isValidPath(path)).hasMessageContaining("for an answer of the server");
        assertThat(query.isClosed()).isTrue();
        assertThatThrownBy(() -> query.isValidPath(path))
                .isInstanceOfSatisfying(
                        RemoteException.class,
                        e -> assertThat(e.connectionLost()).isTrue());
        WorkerClient work = greeted();
        assertThatThrownBy(work::optimiseStore).hasMessageContaining("for the end of an operation");
        WorkerClient nar = greeted(Stderr.LAST, 13L);
        assertThatThrownBy(() -> nar.narFromPath(path, new NarHasher()))
                .hasMessageContaining("for the rest of a message");
        WorkerClient upload = greeted();
        assertThatThrownBy(() -> upload.addBuildLog(path, new ByteArrayInputStream(new byte[10_000])))
                .hasMessageContaining("for the end of an operation");
        WorkerClient blocked = greeted();
        assertThatThrownBy(() -> blocked.addBuildLog(path, new ByteArrayInputStream(new byte[10_000_000])))
                .hasMessageContaining("for the reader of the server");
    }

    /** A client whose server has said these words after the handshake and says no more. */
    private static WorkerClient greeted(long... words) throws IOException {
        MemoryTransport.Pair pair = MemoryTransport.pair();
        WireOutput server = new WireOutput(pair.server().out());
        server.u64(Dialect.SERVER_MAGIC);
        server.u64(Dialect.version(32));
        server.u64(Stderr.LAST);
        for (long word : words) {
            server.u64(word);
        }
        server.flush();
        return WorkerClient.connect(pair.client(), StoreDir.DEFAULT, HASTY);
    }

    @Test
    void serversThatAreNone() throws IOException {
        for (String words : new String[] {"bash: nix-daemon: command not found\n", "x", ""}) {
            MemoryTransport.Pair pair = MemoryTransport.pair();
            pair.server().out().write(words.getBytes(StandardCharsets.UTF_8));
            pair.server().endOutput();
            assertThatThrownBy(() -> WorkerClient.connect(pair.client(), StoreDir.DEFAULT, HASTY))
                    .isInstanceOf(RemoteException.class)
                    .hasMessageContaining(words.length() > 8 ? "'bash: nix-daemon" : "ended");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x114, 0x200, 0})
    void serversThatAreTooOld(int version) throws IOException {
        MemoryTransport.Pair pair = MemoryTransport.pair();
        WireOutput server = new WireOutput(pair.server().out());
        server.u64(Dialect.SERVER_MAGIC);
        server.u64(version);
        server.flush();
        assertThatThrownBy(() -> WorkerClient.connect(pair.client(), StoreDir.DEFAULT, HASTY))
                .hasMessageContaining("speaks protocol");
    }
}
