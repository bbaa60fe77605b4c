package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.LogEvent;
import dev.berth.wire.LogSink;
import dev.berth.wire.RemoteException;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.TrustedFlag;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What Nix's daemon does and forbids, and what only old clients ask. */
final class DaemonRulesTest {
    private static final Dialect NEWEST = new Dialect(StoreDir.DEFAULT, 38, Set.of());
    private static final StorePath PATH = new StorePath("g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo");
    private static final StorePath DRV = new StorePath("g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo.drv");
    private static final String FULL = StoreDir.DEFAULT.print(PATH);

    private final Any any = new Any(1);

    @Test
    void whatClientsThatAreNotTrustedMayNot() throws IOException {
        try (Conversation talk = new Conversation(NEWEST, false)) {
            assertThat(talk.client.trusted()).isEqualTo(TrustedFlag.NOT_TRUSTED);
            assertThatThrownBy(() -> talk.client.verifyStore(true, true))
                    .isInstanceOf(RemoteException.class)
                    .hasMessage("you are not privileged to repair paths");
            assertThatThrownBy(() -> talk.client.addBuildLog(DRV, new ByteArrayInputStream(new byte[200_000])))
                    .isInstanceOf(RemoteException.class)
                    .hasMessage("you are not privileged to add logs");
            assertThatThrownBy(() -> talk.client.buildDerivation(DRV, inputAddressed(), BuildMode.NORMAL))
                    .isInstanceOf(RemoteException.class)
                    .hasMessage("you are not privileged to build input-addressed derivations");
            PathInfo info = any.pathInfo().withUltimate(true);
            talk.client.addToStoreNar(info, false, true, any.tree());
            assertThat(talk.store.asked).contains(info.withUltimate(false), false);
            assertThat(talk.store.asked).doesNotContain(true);
            talk.client.addMultipleToStore(Trees.stream(List.of(info), List.of(any.tree())), false, true);
            assertThat(talk.store.asked).contains(info.withUltimate(false)).doesNotContain(true);
            // Everybody may collect, but nobody what is alive.
            talk.store.answer = any.gcOutcome();
            talk.client.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), -1));
            assertThat(talk.client.isClosed()).isFalse();
        }
        for (BuildMode mode : List.of(BuildMode.REPAIR)) {
            try (Conversation talk = new Conversation(NEWEST, false)) {
                assertThatThrownBy(() -> talk.client.buildPaths(List.of(), mode))
                        .hasMessageContaining("repairing is not allowed");
                assertThatThrownBy(() -> talk.client.isValidPath(PATH)).hasMessageContaining("lost");
            }
            try (Conversation talk = new Conversation(NEWEST, false)) {
                assertThatThrownBy(() -> talk.client.buildPathsWithResults(List.of(), mode))
                        .hasMessageContaining("repairing is not allowed");
                assertThatThrownBy(() -> talk.client.isValidPath(PATH)).hasMessageContaining("lost");
            }
        }
        try (Conversation talk = new Conversation(NEWEST, false)) {
            assertThatThrownBy(() -> talk.client.addPermRoot(PATH, "/root"))
                    .hasMessageContaining("you are not privileged to create perm roots");
            assertThatThrownBy(() -> talk.client.isValidPath(PATH)).hasMessageContaining("lost");
        }
    }

    private static Derivation inputAddressed() {
        return new Derivation(
                "foo",
                new TreeMap<>(Map.of("out", new DerivationOutput.InputAddressed(PATH))),
                new TreeSet<>(),
                new TreeMap<>(),
                "x",
                "y",
                List.of(),
                new TreeMap<>());
    }

    @Test
    void nobodyMayIgnoreLiveness() {
        try (Conversation talk = new Conversation(NEWEST, true)) {
            assertThatThrownBy(() ->
                            talk.client.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, true, Set.of(), 0)))
                    .hasMessage("you are not allowed to ignore liveness");
            assertThat(talk.client.isClosed()).isFalse();
        }
    }

    @Test
    void rootsAreCensored() {
        try (Conversation talk = new Conversation(NEWEST, false)) {
            talk.store.answer = Map.of(PATH, new TreeSet<>(Set.of("/proc/1/maps", "{temp:3}", "/nix/var/x")));
            assertThat(talk.client.findRoots()).isEqualTo(Map.of(PATH, Set.of("/nix/var/x", "{censored}")));
        }
    }

    /** The path of a derivation that a client made up is worth nothing; its own is. */
    @Test
    void derivationsOfClientsThatAreNotTrustedGetTheirOwnPath() throws IOException {
        Derivation derivation = any.derivation(true);
        try (Conversation talk = new Conversation(NEWEST, false)) {
            StorePath own = derivation.storePath(StoreDir.DEFAULT);
            BuildResult result = BuildResult.of(BuildResult.Status.BUILT, "");
            talk.store.answers = method -> {
                if (method.equals("addToStore")) {
                    assertThat(talk.store.asked)
                            .containsExactly(
                                    "addToStore",
                                    derivation.name() + ".drv",
                                    ContentAddressMethod.TEXT,
                                    HashAlgorithm.SHA256,
                                    derivation.inputSources(),
                                    false,
                                    Hash.sha256(derivation.print(StoreDir.DEFAULT)));
                    return PathInfo.of(own, Hash.sha256(new byte[0]), 0, List.of());
                }
                return result;
            };
            StorePath madeUp = any.path(derivation.name() + ".drv");
            assertThat(talk.client.buildDerivation(madeUp, derivation, BuildMode.NORMAL))
                    .isEqualTo(result);
            assertThat(talk.store.asked).containsExactly("buildDerivation", own, derivation, BuildMode.NORMAL);
        }
    }

    @Test
    void messagesAboveTheVerbosityAreNotSent() {
        try (Conversation talk = new Conversation(NEWEST, true)) {
            talk.store.before = log -> {
                for (int level = 0; level < 8; level++) {
                    log.log(new LogEvent.Message(level, new byte[] {(byte) level}));
                }
            };
            talk.store.answer = true;
            talk.client.isValidPath(PATH);
            assertThat(talk.log).hasSize(4);
            talk.log.clear();
            talk.client.setOptions(any.settings());
            talk.log.clear();
            ClientSettings quiet = ClientSettings.DEFAULT;
            talk.client.setOptions(new ClientSettings(false, false, false, 0, 1, 0, false, 0, true, quiet.overrides()));
            talk.log.clear();
            talk.client.isValidPath(PATH);
            assertThat(talk.log).hasSize(1);
        }
    }

    @Test
    void whatHappensBetweenOperationsIsToldWithTheNext() {
        try (Conversation talk = new Conversation(NEWEST, true)) {
            talk.store.answer = true;
            talk.store.before = log -> Thread.ofVirtual().start(() -> {
                try {
                    Thread.sleep(200);
                    for (int i = 0; i < 10_000; i++) {
                        log.log(new LogEvent.Message(0, new byte[] {1}));
                    }
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            talk.client.isValidPath(PATH);
            talk.store.before = log -> {};
            assertThat(talk.log).isEmpty();
            try {
                Thread.sleep(500);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            talk.client.isValidPath(PATH);
            assertThat(talk.log).hasSizeBetween(1, 256);
        }
    }

    @Test
    void obsoleteQuestions() throws IOException {
        try (Peer peer = Peer.at(21, true)) {
            PathInfo info = any.pathInfo().withDeriver(Optional.of(DRV));
            peer.store.answers = method -> switch (method) {
                case "queryPathInfo" -> Optional.of(info);
                case "querySubstitutablePaths" -> Set.of(PATH);
                case "queryDerivationOutputMap" ->
                    new TreeMap<>(Map.of("out", Optional.of(PATH), "dev", Optional.empty()));
                case "addToStore" -> info;
                default -> Map.of();
            };
            peer.say(Operation.HAS_SUBSTITUTES, FULL);
            peer.expect(Stderr.LAST, 1);
            peer.say(Operation.QUERY_PATH_HASH, FULL);
            peer.expect(Stderr.LAST, info.narHash().toBase16());
            peer.say(Operation.QUERY_REFERENCES, FULL);
            peer.expect(Stderr.LAST, info.references().size());
            for (StorePath reference : info.references()) {
                peer.expect(StoreDir.DEFAULT.print(reference));
            }
            peer.say(Operation.QUERY_DERIVER, FULL);
            peer.expect(Stderr.LAST, StoreDir.DEFAULT.print(DRV));
            peer.say(Operation.QUERY_DERIVATION_OUTPUTS, StoreDir.DEFAULT.print(DRV));
            peer.expect(Stderr.LAST, 1, FULL);
            peer.say(Operation.QUERY_DERIVATION_OUTPUT_NAMES, StoreDir.DEFAULT.print(DRV));
            peer.expect(Stderr.LAST, 2, "dev", "out");
            peer.say(Operation.QUERY_SUBSTITUTABLE_PATH_INFO, FULL);
            peer.expect(Stderr.LAST, 0);
            peer.say(Operation.SYNC_WITH_GC);
            peer.expect(Stderr.LAST, 1);
            peer.say(Operation.ADD_TEXT_TO_STORE, "name", "some text", 1, FULL);
            peer.expect(Stderr.LAST, StoreDir.DEFAULT.print(info.path()));
            assertThat(peer.store.asked)
                    .containsExactly(
                            "addToStore",
                            "name",
                            ContentAddressMethod.TEXT,
                            HashAlgorithm.SHA256,
                            new TreeSet<>(Set.of(PATH)),
                            false,
                            Hash.sha256("some text".getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void oldErrorsHaveAStatus() throws IOException {
        try (Peer peer = Peer.at(25, true)) {
            peer.store.answers = method -> Optional.empty();
            peer.say(Operation.QUERY_PATH_HASH, FULL);
            peer.expect(Stderr.ERROR, "path '" + FULL + "' is not valid", 1);
            peer.say(Operation.QUERY_PATH_INFO, FULL);
            peer.expect(Stderr.LAST, 0);
        }
    }

    /** Clients before 1.33 wait for the server's greeting before they send their version. */
    @Test
    void greetingsInEitherOrder() throws IOException {
        try (Peer peer = new Peer(true, Peer.LIMITS)) {
            peer.say(Dialect.CLIENT_MAGIC);
            peer.expect(Dialect.SERVER_MAGIC, 0x126);
            peer.say(Dialect.version(34), 1, 77, 1);
            peer.expect("2.26.3", Stderr.LAST);
            peer.say(Operation.SYNC_WITH_GC);
            peer.expect(Stderr.LAST, 1);
        }
        try (Peer peer = new Peer(true, Peer.LIMITS)) {
            peer.say(Dialect.CLIENT_MAGIC, Dialect.version(38), 1, "something-new", 0, 0);
            peer.expect(Dialect.SERVER_MAGIC, 0x126, 0, "2.26.3", 1, Stderr.LAST);
        }
    }

    @Test
    void requestsMayComeAheadOfTheirAnswers() throws IOException {
        try (Peer peer = Peer.at(37, true)) {
            peer.store.answer = true;
            for (int i = 0; i < 100; i++) {
                peer.out.u64(Operation.IS_VALID_PATH.code());
                peer.out.text(FULL);
            }
            peer.out.u64(Operation.IS_VALID_PATH.code());
            peer.out.flush();
            for (int i = 0; i < 100; i++) {
                // Also while the last request is here in part only.
                peer.expect(Stderr.LAST, 1);
            }
            peer.say(FULL);
            peer.expect(Stderr.LAST, 1);
        }
    }

    @Test
    void aNarThatFailsBeforeItBeginsIsAnErrorAndLaterTheEnd() throws IOException {
        try (Peer peer = Peer.at(37, true)) {
            peer.store.nar = sink -> {
                throw new IOException("no such file");
            };
            peer.say(Operation.NAR_FROM_PATH, FULL);
            assertThat(peer.error()).isEqualTo("no such file");
            peer.store.nar = sink -> {
                sink.startFile(false, 100);
                throw new IOException("disk gone");
            };
            peer.say(Operation.NAR_FROM_PATH, FULL);
            peer.expect(Stderr.LAST);
            peer.awaitEnd();
        }
    }

    @Test
    void aStoreThatCanNotBeOpenedIsAnError() throws IOException {
        FakeStore broken = new FakeStore(Set.of()) {
            @Override
            public StoreOperations open(boolean trusted, LogSink sink) {
                throw new IllegalStateException("the database is locked");
            }
        };
        MemoryTransport.Pair pair = MemoryTransport.pair();
        Thread.ofVirtual().start(() -> WorkerSession.serve(broken, true, pair.server(), Peer.LIMITS));
        assertThatThrownBy(() -> WorkerClient.connect(pair.client(), StoreDir.DEFAULT, Conversation.TIMEOUTS))
                .isInstanceOf(RemoteException.class)
                .hasMessageContaining("the database is locked");
    }

    @Test
    void drainedSessionsEndBetweenOperations() throws IOException {
        try (Peer idle = Peer.at(37, true);
                Peer busy = Peer.at(37, true)) {
            busy.store.answer = true;
            var started = new CountDownLatch(1);
            var release = new CountDownLatch(1);
            busy.store.before = log -> {
                started.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            };
            busy.say(Operation.IS_VALID_PATH, FULL);
            started.await();
            idle.drain.stop();
            busy.drain.stop();
            idle.awaitEnd();
            release.countDown();
            busy.expect(Stderr.LAST, 1);
            assertThat(busy.isEnded()).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
