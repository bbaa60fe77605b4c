package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.HashFormat;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.StorePaths;
import dev.berth.nix.nar.FileSink;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.LogEvent;
import dev.berth.wire.PathStream;
import dev.berth.wire.RemoteException;
import dev.berth.wire.Timeouts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client's operations on the machine's own nix-daemon. */
final class RealDaemonTest {
    private static final StoreDir STORE = StoreDir.DEFAULT;

    @TempDir
    Path directory;

    private NixDaemon daemon;
    private WorkerClient client;
    private final Queue<LogEvent> log = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void start() throws IOException, InterruptedException {
        daemon = new NixDaemon(directory);
        client = WorkerClient.connect(daemon.connect(), STORE, Timeouts.DEFAULT);
        client.setLog(log::add);
        client.setOptions(ClientSettings.of(Map.of("substituters", "")));
    }

    @AfterEach
    void stop() {
        if (client != null) {
            client.close();
        }
        if (daemon != null) {
            daemon.close();
        }
    }

    private static byte[] narOf(String content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        file(content).sendTo(new NarWriter(out));
        return out.toByteArray();
    }

    private static NarSource file(String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return sink -> {
            sink.startFile(false, bytes.length);
            sink.contents(bytes, 0, bytes.length);
            sink.endFile();
        };
    }

    /** A path that is signed by nobody. */
    private static PathInfo info(String name, String content, Set<StorePath> references) throws IOException {
        NarHasher hasher = new NarHasher();
        file(content).sendTo(hasher);
        StorePath path = StorePaths.make(
                STORE,
                "source",
                Hash.sha256(name.getBytes(StandardCharsets.UTF_8)).format(HashFormat.BASE16, true),
                name);
        return PathInfo.of(path, hasher.hash(), hasher.size(), references);
    }

    private PathInfo addText(String name, String content) throws IOException {
        return client.addToStore(
                name,
                ContentAddressMethod.TEXT,
                HashAlgorithm.SHA256,
                List.of(),
                false,
                new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void saysWhatItIs() {
        assertThat(client.protocol()).isEqualTo("1.34");
        assertThat(client.nixVersion().orElseThrow()).startsWith("2.");
        assertThat(client.features()).isEmpty();
    }

    @Test
    void addsByContentAndAsks() throws IOException {
        PathInfo text = addText("hello.txt", "hello");
        assertThat(text.ca())
                .contains(new ContentAddress(
                        ContentAddressMethod.TEXT, Hash.sha256("hello".getBytes(StandardCharsets.UTF_8))));
        PathInfo nar = client.addToStore(
                "tree",
                ContentAddressMethod.NAR,
                HashAlgorithm.SHA256,
                List.of(text.path()),
                false,
                new ByteArrayInputStream(narOf("tree")));
        PathInfo flat = client.addToStore(
                "flat",
                ContentAddressMethod.FLAT,
                HashAlgorithm.SHA512,
                List.of(),
                false,
                new ByteArrayInputStream(new byte[300_000]));
        assertThat(nar.references()).containsExactly(text.path());

        StorePath absent = new StorePath("00000000000000000000000000000000-absent");
        assertThat(client.isValidPath(text.path())).isTrue();
        assertThat(client.isValidPath(absent)).isFalse();
        assertThat(client.queryPathInfo(nar.path())).contains(nar);
        assertThat(client.queryPathInfo(absent)).isEmpty();
        assertThat(client.queryPathInfos(List.of(text.path(), absent, nar.path(), flat.path())))
                .isEqualTo(Map.of(text.path(), text, nar.path(), nar, flat.path(), flat));
        assertThat(client.queryValidPaths(List.of(text.path(), absent), false)).containsExactly(text.path());
        assertThat(client.queryValidPaths(List.of(text.path(), absent), true)).containsExactly(text.path());
        assertThat(client.queryAllValidPaths()).containsExactlyInAnyOrder(text.path(), nar.path(), flat.path());
        assertThat(client.queryPathFromHashPart(text.path().hashPart())).contains(text.path());
        assertThat(client.queryPathFromHashPart(absent.hashPart())).isEmpty();
        assertThat(client.queryReferrers(text.path())).containsExactly(nar.path());
        assertThat(client.queryValidDerivers(text.path())).isEmpty();
        assertThat(client.querySubstitutablePaths(List.of(absent))).isEmpty();
        assertThat(client.querySubstitutablePathInfos(Map.of(absent, Optional.empty())))
                .isEmpty();
        daemon.nix().verifies(daemon.nix().uri());
    }

    @Test
    void copiesPathsBothWays() throws IOException {
        SecretKey key = SecretKey.generate("test-1");
        PathInfo one = info("one", "1".repeat(1_000_000), Set.of());
        PathInfo two = info("two", "2", Set.of(one.path())).signed(STORE, key);
        client.addToStoreNar(one, false, true, file("1".repeat(1_000_000)));
        assertThatThrownBy(() -> client.addToStoreNar(two, false, false, file("2")))
                .isInstanceOf(RemoteException.class)
                .hasMessageContaining("lacks a");
        List<PathInfo> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            many.add(info("many-" + i, "content " + i, Set.of(one.path())));
        }
        client.addMultipleToStore(
                new PathStream() {
                    @Override
                    public long count() {
                        return many.size();
                    }

                    @Override
                    public void sendTo(Receiver receiver) throws IOException {
                        for (int i = 0; i < many.size(); i++) {
                            receiver.path(many.get(i), file("content " + i));
                        }
                    }
                },
                false,
                true);
        assertThat(client.queryReferrers(one.path())).hasSize(100);
        assertThat(client.queryPathInfos(many.stream().map(PathInfo::path).toList()))
                .hasSize(100);

        ByteArrayOutputStream out = new ByteArrayOutputStream();
        client.narFromPath(one.path(), new NarWriter(out));
        assertThat(out.toByteArray()).isEqualTo(narOf("1".repeat(1_000_000)));
        client.addSignatures(one.path(), List.of(key.sign(one.fingerprint(STORE))));
        assertThat(client.queryPathInfo(one.path()).orElseThrow().signatures()).hasSize(1);
        daemon.nix().verifies(daemon.nix().uri());
    }

    @Test
    void survivesWhatTheDaemonRefuses() throws IOException {
        PathInfo wrong = info("wrong", "x", Set.of());
        assertThatThrownBy(() -> client.addToStoreNar(wrong, false, true, file("y".repeat(3_000_000))))
                .isInstanceOf(RemoteException.class)
                .hasMessageContaining("mismatch")
                .matches(e -> !((RemoteException) e).connectionLost());
        assertThatThrownBy(() -> client.addToStoreNar(wrong, false, true, sink -> {
                    sink.startFile(false, 10_000_000);
                    sink.contents(new byte[1_000_000], 0, 1_000_000);
                    throw new IOException("the disk is gone");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("the disk is gone");
        assertThatThrownBy(() -> client.ensurePath(new StorePath("00000000000000000000000000000000-absent")))
                .isInstanceOf(RemoteException.class);
        assertThat(client.isClosed()).isFalse();
        assertThat(client.queryAllValidPaths()).isEmpty();
        // This Nix crashes when it is to sign what is not valid.
        assertThatThrownBy(() -> client.addSignatures(wrong.path(), List.of()))
                .isInstanceOf(RemoteException.class)
                .matches(e -> ((RemoteException) e).connectionLost());
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void keepsRootsAndCollects() throws IOException {
        PathInfo kept = addText("kept", "kept");
        PathInfo temp = addText("temp", "temp");
        PathInfo dead = addText("dead", "dead");
        client.addTempRoot(temp.path());
        Path link = directory.resolve("link");
        Files.createSymbolicLink(link, Path.of(STORE.print(kept.path())));
        client.addIndirectRoot(link.toString());
        assertThat(client.findRoots().get(kept.path())).contains(link.toString());
        try (WorkerClient other = WorkerClient.connect(daemon.connect(), STORE, Timeouts.DEFAULT)) {
            // What a connection adds is its temporary root, so only another one can tell.
            GcRequest ask = new GcRequest(GcRequest.Action.RETURN_LIVE, false, Set.of(), -1);
            assertThat(other.collectGarbage(ask).paths()).contains(STORE.print(kept.path()), STORE.print(temp.path()));
            client.close();
            GcRequest delete = new GcRequest(GcRequest.Action.DELETE_SPECIFIC, false, Set.of(dead.path()), -1);
            awaitDead(other, dead.path());
            GcRequest.Outcome outcome = other.collectGarbage(delete);
            assertThat(outcome.paths()).contains(STORE.print(dead.path()));
            assertThat(other.queryAllValidPaths()).doesNotContain(dead.path()).contains(kept.path());
            assertThatThrownBy(
                            () -> other.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, true, Set.of(), -1)))
                    .hasMessageContaining("ignore liveness");
            other.optimiseStore();
            assertThat(other.verifyStore(true, false)).isFalse();
        }
    }

    /** The daemon's process for a connection drops its temporary roots when it ends. */
    private static void awaitDead(WorkerClient client, StorePath path) {
        GcRequest ask = new GcRequest(GcRequest.Action.RETURN_DEAD, false, Set.of(), -1);
        for (int i = 0; i < 200; i++) {
            if (client.collectGarbage(ask).paths().contains(STORE.print(path))) {
                return;
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        throw new AssertionError(path + " stays alive");
    }

    @Test
    void builds() throws IOException {
        String drv = daemon.nix().output("nix-instantiate", "-E", """
                        derivation { name = "built"; system = builtins.currentSystem; builder = "/bin/sh";
                          args = [ "-c" "echo hello from the build >&2; echo result > $out" ]; }
                        """);
        StorePath drvPath = STORE.parse(drv.lines().toList().getLast());
        DerivedPath target = new DerivedPath.Built(SingleDerivedPath.of(drvPath), new OutputsSpec.All());
        StorePath out = client.queryDerivationOutputMap(drvPath).get("out").orElseThrow();
        assertThat(client.queryMissing(List.of(target)).willBuild()).containsExactly(drvPath);
        List<BuildResult.Keyed> results = client.buildPathsWithResults(List.of(target), BuildMode.NORMAL);
        assertThat(results).singleElement().satisfies(keyed -> {
            assertThat(keyed.path()).isEqualTo(target);
            assertThat(keyed.result().status()).isEqualTo(BuildResult.Status.BUILT);
            assertThat(keyed.result().builtOutputs().get("out").outPath()).isEqualTo(out);
        });
        assertThat(log).anyMatch(event -> event instanceof LogEvent.StartActivity start && start.type() == 105);
        assertThat(log).anyMatch(event -> event instanceof LogEvent.Result result && result.type() == 101);
        client.buildPaths(List.of(target), BuildMode.CHECK);
        assertThat(client.queryMissing(List.of(target)).willBuild()).isEmpty();
        assertThat(client.queryValidDerivers(out)).contains(drvPath);

        ByteArrayOutputStream file = new ByteArrayOutputStream();
        client.narFromPath(drvPath, new FileSink(file, 1 << 20, "no file"));
        Derivation derivation = Derivation.parse(STORE, "built", file.toByteArray());
        assertThat(client.buildDerivation(drvPath, derivation, BuildMode.NORMAL).status())
                .isEqualTo(BuildResult.Status.ALREADY_VALID);
        client.addBuildLog(drvPath, new ByteArrayInputStream("log".getBytes(StandardCharsets.UTF_8)));
        assertThat(client.queryRealisation(new DrvOutput.ByHash(Hash.sha256(new byte[0]), "out")))
                .isEmpty();
        assertThat(client.isClosed()).isFalse();
    }

    @Test
    void readsBackWhatNixAdded() throws IOException {
        Path file = directory.resolve("file");
        Files.writeString(file, "from nix");
        StorePath path = STORE.parse(daemon.nix().add(file));
        PathInfo info = client.queryPathInfo(path).orElseThrow();
        NarHasher hasher = new NarHasher();
        client.narFromPath(path, hasher);
        assertThat(hasher.hash()).isEqualTo(info.narHash());
        ByteArrayOutputStream nar = new ByteArrayOutputStream();
        client.narFromPath(path, new NarWriter(nar));
        NarHasher again = new NarHasher();
        NarReader.whole(new ByteArrayInputStream(nar.toByteArray())).sendTo(again);
        assertThat(again.hash()).isEqualTo(info.narHash());
    }
}
