package dev.berth.wire.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationOutput;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.testing.Seed;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.PathStream;
import dev.berth.wire.RemoteException;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.Timeouts;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Client and session on the two ends of a socket; and peers that keep to nothing. */
final class ServeSessionTest {
    private static final SessionLimits LIMITS =
            new SessionLimits(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(1), 1 << 20);
    private static final StorePath ABSENT = new StorePath("00000000000000000000000000000000-absent");

    private final MemoryStore store = new MemoryStore();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private SocketPair pair;

    @BeforeEach
    void connect() throws IOException {
        pair = SocketPair.open();
    }

    @AfterEach
    void disconnect() {
        pair.close();
    }

    private CompletableFuture<Integer> serve(boolean trusted, boolean write) {
        CompletableFuture<Integer> done = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                done.complete(ServeSession.serve(store, trusted, write, pair.server(), errors, LIMITS));
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    private static int exit(CompletableFuture<Integer> session)
            throws InterruptedException, ExecutionException, TimeoutException {
        return session.get(10, TimeUnit.SECONDS);
    }

    private ServeClient client() {
        return ServeClient.connect(pair.client(), StoreDir.DEFAULT, Timeouts.DEFAULT);
    }

    private String said() {
        return errors.toString(StandardCharsets.UTF_8);
    }

    private static NarSource file(int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) size);
        return sink -> {
            sink.startFile(false, bytes.length);
            sink.contents(bytes, 0, bytes.length);
            sink.endFile();
        };
    }

    private static PathInfo info(String name, NarSource nar, StorePath... references) throws IOException {
        NarHasher hasher = new NarHasher();
        nar.sendTo(hasher);
        StorePath path = new StorePath("1".repeat(32) + "-" + name);
        return PathInfo.of(path, hasher.hash(), hasher.size(), List.of(references));
    }

    private PathInfo put(String name, int size, StorePath... references) throws IOException {
        return store.put(info(name, file(size), references), file(size));
    }

    @Test
    void answersQueries() throws Exception {
        PathInfo low = put("low", 10);
        PathInfo high = put("high", 100_000, low.path())
                .withDeriver(Optional.of(new StorePath("2".repeat(32) + "-high.drv")))
                .signed(StoreDir.DEFAULT, SecretKey.generate("k"));
        store.infos.put(high.path(), high);
        CompletableFuture<Integer> session = serve(false, false);
        try (ServeClient client = client()) {
            assertThat(client.minorVersion()).isEqualTo(8);
            assertThat(client.isValidPath(low.path())).isTrue();
            assertThat(client.isValidPath(ABSENT)).isFalse();
            assertThat(client.queryValidPaths(List.of(low.path(), ABSENT, high.path()), true))
                    .isEqualTo(Set.of(low.path(), high.path()));
            assertThat(client.queryPathInfo(high.path())).contains(high);
            assertThat(client.queryPathInfo(ABSENT)).isEmpty();
            assertThat(client.queryPathInfos(List.of(low.path(), ABSENT, high.path())))
                    .isEqualTo(Map.of(low.path(), low, high.path(), high));
            NarHasher hasher = new NarHasher();
            client.narFromPath(high.path(), hasher);
            assertThat(hasher.hash()).isEqualTo(high.narHash());
            assertThatThrownBy(() -> client.narFromPath(ABSENT, new NarHasher()))
                    .isInstanceOfSatisfying(
                            RemoteException.class,
                            e -> assertThat(e.connectionLost()).isFalse())
                    .hasMessageContaining("is not valid");
            assertThat(client.queryClosure(List.of(high.path()), false)).isEqualTo(Set.of(low.path(), high.path()));
            client.addTempRoot(low.path());
        }
        assertThat(exit(session)).isZero();
        assertThat(said()).isEmpty();
        assertThat(store.asked).endsWith("close").doesNotContain("valid true", "root low");
    }

    @Test
    void findsClosuresWithOutputs() throws Exception {
        PathInfo out = put("out", 3);
        StorePath drv = new StorePath("3".repeat(32) + "-thing.drv");
        store.put(PathInfo.of(drv, out.narHash(), out.narSize(), List.of()), file(3));
        store.outputs.put(
                drv, Map.of("out", Optional.of(out.path()), "dev", Optional.of(ABSENT), "doc", Optional.empty()));
        CompletableFuture<Integer> session = serve(false, false);
        try (ServeClient client = client()) {
            assertThat(client.queryClosure(List.of(drv), false)).isEqualTo(Set.of(drv));
            assertThat(client.queryClosure(List.of(drv), true)).isEqualTo(Set.of(drv, out.path()));
            assertThatThrownBy(() -> client.queryClosure(List.of(ABSENT), false))
                    .isInstanceOf(RemoteException.class);
        }
        assertThat(exit(session)).isEqualTo(1);
        assertThat(said()).isEqualTo("error: path '/nix/store/" + ABSENT.baseName() + "' is not valid\n");
    }

    @Test
    void takesPaths() throws Exception {
        PathInfo low = info("low", file(1000));
        PathInfo high = info("high", file(50), low.path());
        CompletableFuture<Integer> session = serve(true, true);
        try (ServeClient client = client()) {
            client.addToStoreNar(low, false, true, file(1000));
            client.addToStoreNar(low, false, true, file(1000));
            List<PathInfo> many = new ArrayList<>(List.of(high));
            for (int i = 0; i < 200; i++) {
                many.add(info("many" + i, file(i), low.path()));
            }
            client.addMultipleToStore(stream(many), false, true);
            client.addTempRoot(low.path());
            assertThat(client.queryValidPaths(List.of(low.path(), high.path()), true))
                    .hasSize(2);
        }
        assertThat(exit(session)).isZero();
        assertThat(store.infos).hasSize(202).containsEntry(high.path(), high);
        assertThat(store.asked).contains("add low true", "root low", "valid true");
    }

    private static PathStream stream(List<PathInfo> infos) {
        return new PathStream() {
            @Override
            public long count() {
                return infos.size();
            }

            @Override
            public void sendTo(Receiver receiver) throws IOException {
                for (PathInfo info : infos) {
                    String digits = info.path().name().replaceAll("\\D", "");
                    receiver.path(info, file(digits.isEmpty() ? 50 : Integer.parseInt(digits)));
                }
            }
        };
    }

    @Test
    void saysWhyAPathIsRefused() throws Exception {
        CompletableFuture<Integer> session = serve(false, true);
        try (ServeClient client = client()) {
            PathInfo early = info("early", file(1), ABSENT);
            assertThatThrownBy(() -> client.addToStoreNar(early, false, true, file(1)))
                    .isInstanceOfSatisfying(
                            RemoteException.class,
                            e -> assertThat(e.connectionLost()).isTrue());
        }
        assertThat(exit(session)).isEqualTo(1);
        assertThat(said()).startsWith("error: a reference of").endsWith("is not valid\n");
        assertThat(store.asked).contains("add early false");
    }

    @Test
    void refusesToWriteWithoutLeave() throws Exception {
        CompletableFuture<Integer> session = serve(true, false);
        try (ServeClient client = client()) {
            assertThatThrownBy(() -> {
                        client.addToStoreNar(info("low", file(1)), false, true, file(1));
                        client.isValidPath(ABSENT);
                    })
                    .isInstanceOfAny(RemoteException.class, IOException.class);
        }
        assertThat(exit(session)).isEqualTo(1);
        assertThat(said()).startsWith("error: importing paths is not allowed");
        assertThat(store.infos).isEmpty();
    }

    @Test
    void doesNotSendANarOfAnotherSize() throws Exception {
        CompletableFuture<Integer> session = serve(true, true);
        try (ServeClient client = client()) {
            PathInfo wrong = info("wrong", file(1));
            assertThatThrownBy(() -> client.addToStoreNar(wrong, false, true, file(100)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("size mismatch");
        }
        // It may not have seen that there was a request.
        assertThat(exit(session)).isBetween(0, 1);
        assertThat(store.infos).isEmpty();
    }

    @Test
    void exportsWhatCanBeImported() throws Exception {
        PathInfo low = put("low", 10);
        PathInfo high =
                put("high", 100_000, low.path()).withDeriver(Optional.of(new StorePath("2".repeat(32) + "-high.drv")));
        store.infos.put(high.path(), high);
        CompletableFuture<Integer> session = serve(true, true);
        WireOutput out = new WireOutput(pair.client().out());
        WireInput in = new WireInput(pair.client().in(), 1 << 20);
        out.u64(ServeProtocol.CLIENT_MAGIC);
        out.u64(ServeProtocol.version(4));
        out.u64(ServeProtocol.Command.EXPORT_PATHS.number());
        out.u64(0);
        out.storePaths(StoreDir.DEFAULT, List.of(high.path(), low.path()));
        out.flush();
        assertThat(in.u64()).isEqualTo(ServeProtocol.SERVER_MAGIC);
        assertThat(in.u64()).isEqualTo(ServeProtocol.version(8));
        MemoryStore other = new MemoryStore();
        ExportStream.read(in, StoreDir.DEFAULT, (info, nar) -> other.addToStoreNar(info, false, true, nar));
        assertThat(other.infos).isEqualTo(store.infos);
        // And back by an import, as clients before 2.5 add.
        store.infos.clear();
        out.u64(ServeProtocol.Command.IMPORT_PATHS.number());
        ExportStream.write(out, StoreDir.DEFAULT, other, other.infos.keySet());
        out.flush();
        assertThat(in.u64()).isEqualTo(1);
        assertThat(store.infos).isEqualTo(other.infos);
        pair.client().close();
        assertThat(exit(session)).isZero();
    }

    @Test
    void builds() throws Exception {
        StorePath drv = new StorePath("3".repeat(32) + "-thing.drv");
        StorePath path = new StorePath("4".repeat(32) + "-thing");
        CompletableFuture<Integer> session = serve(true, true);
        try (ServeClient client = client()) {
            client.setOptions(new ClientSettings(
                    true, false, false, 3, 1, 60, false, 0, true, new TreeMap<>(Map.of("timeout", "90"))));
            DerivedPath target = DerivedPath.parse(StoreDir.DEFAULT, "/nix/store/" + drv.baseName() + "^out");
            assertThatThrownBy(() -> client.buildPaths(List.of(target), BuildMode.NORMAL))
                    .isInstanceOf(RemoteException.class)
                    .hasMessage("no builder");
            Realisation made = Realisation.of(new DrvOutput.ByPath(drv, "out"), path);
            store.result = new BuildResult(
                    BuildResult.Status.BUILT,
                    "",
                    1,
                    false,
                    30,
                    50,
                    Optional.empty(),
                    Optional.empty(),
                    new TreeMap<>(Map.of("out", made)));
            Derivation basic = new Derivation(
                    "thing",
                    new TreeMap<>(Map.of("out", new DerivationOutput.InputAddressed(path))),
                    new TreeSet<>(),
                    new TreeMap<>(),
                    "x86_64-linux",
                    "/bin/sh",
                    List.of("-c", "true"),
                    new TreeMap<>(Map.of("a", "b")));
            assertThat(client.buildDerivation(drv, basic, BuildMode.NORMAL)).isEqualTo(store.result);
            assertThat(client.buildPathsWithResults(List.of(target), BuildMode.NORMAL)
                            .getFirst()
                            .result()
                            .status())
                    .isEqualTo(BuildResult.Status.BUILT);
            assertThatThrownBy(() -> client.buildPaths(List.of(new DerivedPath.Opaque(drv)), BuildMode.NORMAL))
                    .hasMessageContaining("ssh-ng://");
        }
        assertThat(exit(session)).isZero();
        assertThat(store.settings.maxSilentTime()).isEqualTo(60);
        assertThat(store.settings.keepFailed()).isTrue();
        assertThat(store.settings.useSubstitutes()).isFalse();
        assertThat(store.settings.overrides()).containsEntry("timeout", "90");
        assertThat(store.asked).contains("build /nix/store/" + drv.baseName() + "^out", "build [out] of thing.drv");
        assertThat(said()).isEqualTo("building\nbuilding\n");
    }

    @Test
    void speaksWhatOlderClientsKnow() throws Exception {
        PathInfo low = put("low", 10);
        for (int minor = 1; minor <= 9; minor++) {
            try (SocketPair each = SocketPair.open()) {
                pair = each;
                CompletableFuture<Integer> session = serve(true, true);
                WireOutput out = new WireOutput(each.client().out());
                WireInput in = new WireInput(each.client().in(), 1 << 20);
                out.u64(ServeProtocol.CLIENT_MAGIC);
                out.u64(ServeProtocol.version(minor));
                out.u64(ServeProtocol.Command.QUERY_PATH_INFOS.number());
                out.storePaths(StoreDir.DEFAULT, List.of(low.path()));
                out.flush();
                assertThat(in.u64()).isEqualTo(ServeProtocol.SERVER_MAGIC);
                assertThat(in.u64()).isEqualTo(ServeProtocol.version(8));
                assertThat(in.storePath(StoreDir.DEFAULT)).isEqualTo(low.path());
                PathInfo info = new ServeCodec(StoreDir.DEFAULT, Math.min(minor, 8)).readPathInfo(in, low.path());
                assertThat(info.narSize()).isEqualTo(low.narSize());
                assertThat(info.narHash()).isEqualTo(minor < 4 ? ServeCodec.NO_HASH : low.narHash());
                assertThat(in.text()).isEmpty();
                each.client().close();
                assertThat(exit(session)).isZero();
            }
        }
    }

    @Test
    void endsForPeersThatKeepToNothing() throws Exception {
        long seed = Seed.first();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            try (SocketPair each = SocketPair.open()) {
                pair = each;
                CompletableFuture<Integer> session = serve(true, true);
                WireOutput out = new WireOutput(each.client().out());
                if (random.nextInt(10) > 0) {
                    out.u64(ServeProtocol.CLIENT_MAGIC);
                    out.u64(ServeProtocol.version(random.nextInt(10)));
                }
                int words = random.nextInt(30);
                for (int i = 0; i < words; i++) {
                    switch (random.nextInt(6)) {
                        case 0 -> out.u64(random.nextLong());
                        case 1 -> out.u64(random.nextInt(12));
                        case 2 -> out.text("/nix/store/" + ABSENT.baseName());
                        case 3 -> out.u64(Long.MAX_VALUE - random.nextInt(9));
                        case 4 -> out.text("x".repeat(random.nextInt(40)));
                        default -> out.stream().write(random.nextInt());
                    }
                }
                try {
                    out.flush();
                } catch (IOException e) {
                    assertThat(session).as("seed " + seed).succeedsWithin(Duration.ofSeconds(10));
                }
                each.client().close();
                assertThat(session).as("seed " + seed).succeedsWithin(Duration.ofSeconds(10));
            }
        }
        assertThat(store.infos).isEmpty();
        assertThat(said()).doesNotContain("Exception");
    }

    @Test
    void givesUpOnSilence() throws Exception {
        CompletableFuture<Integer> session = serve(true, true);
        WireOutput out = new WireOutput(pair.client().out());
        out.u64(ServeProtocol.CLIENT_MAGIC);
        out.u64(ServeProtocol.version(8));
        out.u64(ServeProtocol.Command.QUERY_VALID_PATHS.number());
        out.u64(0);
        out.flush();
        assertThat(exit(session)).isEqualTo(1);
        assertThat(said()).contains("waited longer than 1 s");
    }

    @Test
    void clientGivesUpOnSilence() {
        Timeouts brief = new Timeouts(
                Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofMillis(300));
        assertThatThrownBy(() -> ServeClient.connect(pair.client(), StoreDir.DEFAULT, brief))
                .isInstanceOfSatisfying(
                        RemoteException.class,
                        e -> assertThat(e.connectionLost()).isTrue())
                .hasMessageContaining("waited longer than 300 ms for the handshake");
    }

    @Test
    void clientRefusesOtherProtocols() throws IOException {
        pair.server().out().write("Welcome to this host!\n".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(this::client).isInstanceOf(RemoteException.class).hasMessageContaining("protocol mismatch");
    }
}
