package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationOutput;
import dev.berth.nix.DerivationPaths;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.NarWriter;
import dev.berth.testing.RealNix;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.LogEvent;
import dev.berth.wire.Missing;
import dev.berth.wire.PathStream;
import dev.berth.wire.StoreOperations;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every daemon of a local store does, whoever wrote it and whatever wire lies between. */
abstract class OperationsContract {
    static final SecretKey KEY = SecretKey.generate("good-1");

    @TempDir
    Path directory;

    RealNix nix;
    final List<LogEvent> said = new CopyOnWriteArrayList<>();

    /** Begins a session with the daemon of the store at {@link RealNix#root}, which trusts {@link #KEY}. */
    abstract StoreOperations open(boolean trusted);

    @BeforeEach
    void makeNix() {
        nix = new RealNix(directory);
    }

    /** The words of this daemon's release for those of Nix 2.26. */
    String words(String newest) {
        return newest;
    }

    /** Checks that it is refused in Nix's words, whatever their colours. */
    final void refuses(ThrowingCallable call, String words) {
        assertThatThrownBy(call)
                .isInstanceOf(RuntimeException.class)
                .extracting(failure -> plain(String.valueOf(failure.getMessage())))
                .asString()
                .contains(words(words));
    }

    static String plain(String text) {
        return text.replaceAll("\u001b\\[[0-9;]*m", "");
    }

    private StorePath text(StoreOperations session, String name, String text, StorePath... references)
            throws IOException {
        return session.addToStore(
                        name,
                        ContentAddressMethod.TEXT,
                        HashAlgorithm.SHA256,
                        List.of(references),
                        false,
                        Things.stream(text))
                .path();
    }

    private static byte[] nar(StoreOperations session, StorePath path) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        session.narFromPath(path, new NarWriter(out));
        return out.toByteArray();
    }

    static PathStream stream(Map<PathInfo, NarSource> paths) {
        return new PathStream() {
            @Override
            public long count() {
                return paths.size();
            }

            @Override
            public void sendTo(Receiver receiver) throws IOException {
                for (var path : paths.entrySet()) {
                    receiver.path(path.getKey(), path.getValue());
                }
            }
        };
    }

    @Test
    void addsUnderThePathsThatNixComputes() throws Exception {
        try (StoreOperations session = open(false)) {
            for (int size : new int[] {0, 5, 700_000}) {
                byte[] contents = Things.random(size, size);
                Path file = Files.write(directory.resolve("file" + size), contents);
                for (HashAlgorithm algorithm : List.of(HashAlgorithm.SHA256, HashAlgorithm.SHA1, HashAlgorithm.MD5)) {
                    StorePath flat = session.addToStore(
                                    "file" + size,
                                    ContentAddressMethod.FLAT,
                                    algorithm,
                                    List.of(),
                                    false,
                                    new ByteArrayInputStream(contents))
                            .path();
                    assertThat(Things.print(flat))
                            .isEqualTo(nix.output("nix-store", "--add-fixed", algorithm.text(), file.toString()));
                    StorePath tree = session.addToStore(
                                    "file" + size,
                                    ContentAddressMethod.NAR,
                                    algorithm,
                                    List.of(),
                                    false,
                                    new ByteArrayInputStream(Things.nar(Things.file(contents))))
                            .path();
                    assertThat(Things.print(tree))
                            .isEqualTo(nix.output(
                                    "nix-store", "--add-fixed", "--recursive", algorithm.text(), file.toString()));
                    assertThat(nar(session, tree)).isEqualTo(Things.nar(Things.file(contents)));
                }
            }
        }
        nix.verifies(nix.uri());
    }

    @Test
    void addsBeforeNixDoes() throws Exception {
        try (StoreOperations session = open(false)) {
            byte[] tree = Things.nar(Things.tree(Things.random(3, 300_000)));
            PathInfo info = session.addToStore(
                    "tree",
                    ContentAddressMethod.NAR,
                    HashAlgorithm.SHA256,
                    List.of(),
                    false,
                    new ByteArrayInputStream(tree));
            assertThat(info.narSize()).isEqualTo(tree.length);
            assertThat(session.queryPathInfo(info.path()).orElseThrow().narHash())
                    .isEqualTo(info.narHash());
            assertThat(info.ca()).isPresent();
            StorePath one = text(session, "one", "1");
            StorePath two = text(session, "two", "refers to " + Things.print(one), one);
            assertThat(session.queryReferrers(one)).containsExactly(two);
            assertThat(session.queryValidPaths(List.of(one, two, info.path()), false))
                    .containsExactlyInAnyOrder(one, two, info.path());
            assertThat(session.queryAllValidPaths()).containsExactlyInAnyOrder(one, two, info.path());
            assertThat(session.queryPathFromHashPart(two.hashPart())).contains(two);
            assertThat(session.queryPathFromHashPart("0".repeat(32))).isEmpty();
            assertThat(session.isValidPath(one)).isTrue();
        }
        nix.verifies(nix.uri());
    }

    @Test
    void refusesDumpsThatAreNone() throws Exception {
        try (StoreOperations session = open(true)) {
            assertThatThrownBy(() -> session.addToStore(
                            "broken",
                            ContentAddressMethod.NAR,
                            HashAlgorithm.SHA256,
                            List.of(),
                            false,
                            new ByteArrayInputStream(Things.random(1, 300_000))))
                    .isInstanceOf(RuntimeException.class);
            assertThat(session.queryAllValidPaths()).isEmpty();
            assertThat(text(session, "after", "the session goes on")).isNotNull();
        }
        nix.verifies(nix.uri());
    }

    @Test
    void takesPathsOfOthersWithASignatureOnly() throws Exception {
        NarSource contents = Things.tree(Things.bytes("contents"));
        PathInfo unsigned = Things.info("theirs", contents, List.of());
        try (StoreOperations session = open(false)) {
            refuses(
                    () -> session.addToStoreNar(unsigned, false, true, contents),
                    "cannot add path '" + Things.print(unsigned.path())
                            + "' because it lacks a signature by a trusted key");
            assertThat(session.isValidPath(unsigned.path())).isFalse();
            PathInfo signed = unsigned.signed(StoreDir.DEFAULT, KEY).withUltimate(true);
            session.addToStoreNar(signed, false, false, contents);
            PathInfo known = session.queryPathInfo(signed.path()).orElseThrow();
            assertThat(known.ultimate()).isFalse();
            assertThat(known.signatures()).isEqualTo(signed.signatures());
        }
        PathInfo other = Things.info("others", contents, List.of(unsigned.path()));
        try (StoreOperations session = open(true)) {
            refuses(() -> session.addToStoreNar(other, false, false, contents), "lacks a signature by a trusted key");
            session.addToStoreNar(other, false, true, contents);
            assertThat(session.queryReferrers(unsigned.path())).containsExactly(other.path());
            session.addSignatures(other.path(), List.of(KEY.sign(other.fingerprint(StoreDir.DEFAULT))));
            assertThat(session.queryPathInfo(other.path()).orElseThrow().signatures())
                    .hasSize(1);
        }
        nix.verifies(nix.uri());
    }

    @Test
    void refusesContentThatIsNotAsSaid() throws Exception {
        NarSource contents = Things.tree(Things.bytes("contents"));
        PathInfo info = Things.info("wrong", contents, List.of());
        try (StoreOperations session = open(true)) {
            refuses(
                    () -> session.addToStoreNar(info, false, true, Things.tree(Things.bytes("kontents"))),
                    "hash mismatch");
            assertThat(session.isValidPath(info.path())).isFalse();
            session.addToStoreNar(info, false, true, contents);
            assertThat(nar(session, info.path())).isEqualTo(Things.nar(contents));
        }
        nix.verifies(nix.uri());
    }

    @Test
    void takesManyPathsInOneCall() throws Exception {
        Map<PathInfo, NarSource> paths = new java.util.LinkedHashMap<>();
        List<StorePath> before = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            NarSource contents = Things.tree(Things.random(i, 1000));
            PathInfo info = Things.info("many-" + i, contents, before.isEmpty() ? List.of() : List.of(before.getLast()))
                    .signed(StoreDir.DEFAULT, KEY);
            paths.put(info, contents);
            before.add(info.path());
        }
        try (StoreOperations session = open(false)) {
            session.addMultipleToStore(stream(paths), false, false);
            assertThat(session.queryAllValidPaths()).containsExactlyInAnyOrderElementsOf(before);
            addsAgain(session, stream(paths));
        }
        nix.verifies(nix.uri());
    }

    void addsAgain(StoreOperations session, PathStream paths) throws IOException {
        session.addMultipleToStore(paths, false, false);
    }

    @Test
    void repairsForThoseWhoAsk() throws Exception {
        NarSource contents = Things.tree(Things.bytes("contents"));
        PathInfo info = Things.info("damaged", contents, List.of()).signed(StoreDir.DEFAULT, KEY);
        try (StoreOperations session = open(true)) {
            session.addToStoreNar(info, false, false, contents);
            StorePath text = text(session, "text", "as it was");
            damage(Things.print(info.path()) + "/a");
            damage(Things.print(text));
            assertThat(session.verifyStore(true, false)).isTrue();
            session.addToStoreNar(info, true, false, contents);
            session.addToStore(
                    "text",
                    ContentAddressMethod.TEXT,
                    HashAlgorithm.SHA256,
                    List.of(),
                    true,
                    Things.stream("as it was"));
            assertThat(session.verifyStore(true, false)).isFalse();
            assertThat(nar(session, info.path())).isEqualTo(Things.nar(contents));
        }
        nix.verifies(nix.uri());
    }

    private void damage(String file) throws IOException {
        Path real = nix.real(file);
        Files.setPosixFilePermissions(real, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        Files.writeString(real, "damaged!");
        Files.setPosixFilePermissions(real, java.nio.file.attribute.PosixFilePermissions.fromString("r--r--r--"));
    }

    @Test
    void verifiesAndForgetsWhatIsGone() throws Exception {
        try (StoreOperations session = open(true)) {
            StorePath one = text(session, "one", "1");
            StorePath two = text(session, "two", Things.print(one), one);
            Files.delete(nix.real(Things.print(one)));
            assertThat(session.verifyStore(false, false)).isTrue();
            assertThat(session.isValidPath(one)).isTrue();
            Files.delete(nix.real(Things.print(two)));
            assertThat(session.verifyStore(false, false)).isFalse();
        }
        try (StoreOperations session = open(false)) {
            assertThat(session.queryAllValidPaths()).isEmpty();
            refuses(() -> session.verifyStore(true, true), "you are not privileged to repair paths");
        }
    }

    @Test
    void protectsWhatASessionAdded() throws Exception {
        StorePath kept;
        try (StoreOperations session = open(false)) {
            kept = text(session, "kept", "kept");
            assertThat(nix.output("nix-store", "--gc")).isNotNull();
            assertThat(session.isValidPath(kept)).isTrue();
            try (StoreOperations other = open(true)) {
                assertThat(other.findRoots().keySet()).contains(kept);
                refuses(
                        () -> other.collectGarbage(
                                new GcRequest(GcRequest.Action.DELETE_SPECIFIC, false, Set.of(kept), Long.MAX_VALUE)),
                        "annot delete path '" + Things.print(kept) + "' since it is still alive");
            }
            try (StoreOperations stranger = open(false)) {
                assertThat(stranger.findRoots().get(kept)).containsExactly("{censored}");
            }
        }
        try (StoreOperations session = open(true)) {
            assertThat(session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_SPECIFIC, false, Set.of(kept), -1))
                            .paths())
                    .containsExactly(Things.print(kept));
            assertThat(session.isValidPath(kept)).isFalse();
        }
    }

    @Test
    void collectsWhatIsDead() throws Exception {
        List<StorePath> dead = new ArrayList<>();
        StorePath alive;
        try (StoreOperations session = open(true)) {
            alive = text(session, "alive", "alive");
            for (int i = 0; i < 10; i++) {
                dead.add(session.addToStore(
                                "dead" + i,
                                ContentAddressMethod.FLAT,
                                HashAlgorithm.SHA256,
                                List.of(),
                                false,
                                new ByteArrayInputStream(Things.random(i, 20_000)))
                        .path());
            }
            Path link = directory.resolve("result");
            Files.createSymbolicLink(link, Path.of(Things.print(alive)));
            session.addIndirectRoot(link.toString());
        }
        Set<String> names = new TreeSet<>();
        dead.forEach(path -> names.add(Things.print(path)));
        try (StoreOperations session = open(true)) {
            assertThat(session.findRoots()).containsOnlyKeys(alive);
            assertThat(session.findRoots().get(alive))
                    .containsExactly(directory.resolve("result").toString());
            assertThat(session.collectGarbage(new GcRequest(GcRequest.Action.RETURN_DEAD, false, Set.of(), -1))
                            .paths())
                    .isEqualTo(names);
            assertThat(session.collectGarbage(new GcRequest(GcRequest.Action.RETURN_LIVE, false, Set.of(), -1))
                            .paths())
                    .containsExactly(Things.print(alive));
            refuses(
                    () -> session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, true, Set.of(), -1)),
                    "you are not allowed to ignore liveness");
            assertThat(session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), 0))
                            .paths())
                    .isEmpty();
            GcRequest.Outcome some =
                    session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), 30_000));
            assertThat(some.paths()).hasSizeBetween(1, 3);
            assertThat(some.bytesFreed()).isGreaterThan(30_000);
            assertThat(session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), -1))
                            .paths())
                    .hasSize(10 - some.paths().size());
            assertThat(session.queryAllValidPaths()).containsExactly(alive);
        }
        nix.verifies(nix.uri());
    }

    @Test
    void makesRootsForTheTrusted() throws Exception {
        String link = directory.resolve("deep/er/result").toString();
        try (StoreOperations session = open(true)) {
            StorePath path = text(session, "root", "root");
            assertThat(session.addPermRoot(path, link)).isEqualTo(link);
            assertThat(Files.readSymbolicLink(Path.of(link)).toString()).isEqualTo(Things.print(path));
            assertThat(nix.output("nix-store", "-q", "--roots", Things.print(path)))
                    .contains(link);
            refuses(() -> session.addPermRoot(path, Things.print(path) + "/root"), "in the Nix store is forbidden");
            Path occupied = Files.writeString(directory.resolve("occupied"), "mine");
            refuses(() -> session.addPermRoot(path, occupied.toString()), "already exists");
        }
    }

    @Test
    void optimisesAsNixDoes() throws Exception {
        byte[] same = Things.random(7, 50_000);
        StorePath one;
        StorePath two;
        try (StoreOperations session = open(true)) {
            PathInfo first = Things.info("first", Things.tree(same), List.of());
            session.addToStoreNar(first, false, true, Things.tree(same));
            one = first.path();
            session.optimiseStore();
            two = session.addToStore(
                            "second",
                            ContentAddressMethod.FLAT,
                            HashAlgorithm.SHA256,
                            List.of(),
                            false,
                            new ByteArrayInputStream(same))
                    .path();
            session.optimiseStore();
            assertThat(inode(Things.print(one) + "/a")).isEqualTo(inode(Things.print(one) + "/b"));
            assertThat(inode(Things.print(one) + "/a")).isEqualTo(inode(Things.print(two)));
        }
        nix.verifies(nix.uri());
        // Nix finds nothing to do, and links what comes to the same files.
        assertThat(nix.command("nix-store", "--optimise").succeed().stderr()).contains("0 files");
        Path file = Files.write(directory.resolve("third"), same);
        String third = nix.add(file);
        nix.output("nix-store", "--optimise");
        assertThat(inode(third)).isEqualTo(inode(Things.print(one) + "/a"));
        try (StoreOperations session = open(true)) {
            assertThat(session.verifyStore(true, false)).isFalse();
            session.collectGarbage(new GcRequest(GcRequest.Action.DELETE_DEAD, false, Set.of(), -1));
        }
        try (var links = Files.list(nix.real("/nix/store/.links"))) {
            assertThat(links).isEmpty();
        }
    }

    private Object inode(String file) throws IOException {
        return Files.getAttribute(nix.real(file), "unix:ino");
    }

    private Derivation derivation(String name) {
        TreeMap<String, DerivationOutput> outputs = new TreeMap<>(Map.of("out", new DerivationOutput.Deferred()));
        TreeMap<String, String> env =
                new TreeMap<>(Map.of("name", name, "builder", "/bin/sh", "system", "x86_64-linux", "out", ""));
        Derivation open = new Derivation(
                name, outputs, new TreeSet<>(), new TreeMap<>(), "x86_64-linux", "/bin/sh", List.of(), env);
        return new DerivationPaths(StoreDir.DEFAULT, path -> {
                    throw new IllegalArgumentException(path.toString());
                })
                .fillIn(open);
    }

    @Test
    void knowsOutputsAndBuildsNothing() throws Exception {
        Derivation drv = derivation("thing");
        StorePath out = drv.knownOutputPaths(StoreDir.DEFAULT).firstEntry().getValue();
        try (StoreOperations session = open(true)) {
            session.setOptions(ClientSettings.of(Map.of("substitute", "false")));
            StorePath drvPath =
                    text(session, "thing.drv", new String(drv.print(StoreDir.DEFAULT), StandardCharsets.UTF_8));
            assertThat(drvPath).isEqualTo(drv.storePath(StoreDir.DEFAULT));
            assertThat(session.queryDerivationOutputMap(drvPath)).isEqualTo(Map.of("out", Optional.of(out)));
            assertThat(session.queryValidDerivers(out)).containsExactly(drvPath);
            DerivedPath target = new DerivedPath.Built(SingleDerivedPath.of(drvPath), new OutputsSpec.All());
            StorePath stranger =
                    Things.info("stranger", Things.file(new byte[1]), List.of()).path();
            Missing missing = session.queryMissing(List.of(target, new DerivedPath.Opaque(stranger)));
            assertThat(missing.willBuild()).containsExactly(drvPath);
            assertThat(missing.unknown()).containsExactly(stranger);
            assertThat(missing.willSubstitute()).isEmpty();
            refuses(
                    () -> session.ensurePath(stranger),
                    "path '" + Things.print(stranger) + "' does not exist and cannot be created");

            NarSource contents = Things.file(Things.bytes("built elsewhere"));
            PathInfo built = new PathInfo(
                    out,
                    Things.info("x", contents, List.of()).narHash(),
                    Things.info("x", contents, List.of()).narSize(),
                    new TreeSet<>(),
                    Optional.of(drvPath),
                    java.time.Instant.EPOCH,
                    false,
                    new TreeSet<>(),
                    Optional.empty());
            refusesToBuild(session, target);
            session.addToStoreNar(built, false, true, contents);
            assertThat(session.queryMissing(List.of(target)).willBuild()).isEmpty();
            session.buildPaths(List.of(target, new DerivedPath.Opaque(out)), BuildMode.NORMAL);
            session.ensurePath(out);
            BuildResult result = session.buildPathsWithResults(List.of(target), BuildMode.NORMAL)
                    .getFirst()
                    .result();
            assertThat(result.status()).isEqualTo(BuildResult.Status.ALREADY_VALID);
            assertThat(result.builtOutputs()).containsOnlyKeys("out");
            assertThat(result.builtOutputs().firstEntry().getValue().outPath()).isEqualTo(out);
            assertThat(session.buildDerivation(drvPath, drv, BuildMode.NORMAL).status())
                    .isEqualTo(BuildResult.Status.ALREADY_VALID);
        }
        try (StoreOperations session = open(false)) {
            refuses(
                    () -> session.buildDerivation(drv.storePath(StoreDir.DEFAULT), drv, BuildMode.NORMAL),
                    "you are not privileged to build input-addressed derivations");
        }
    }

    /** Nix would build. */
    void refusesToBuild(StoreOperations session, DerivedPath target) {}

    @Test
    void keepsLogsAsNixDoes() throws Exception {
        Derivation drv = derivation("logged");
        StorePath drvPath = drv.storePath(StoreDir.DEFAULT);
        String log = "line\n".repeat(100_000);
        try (StoreOperations session = open(true)) {
            text(session, "logged.drv", new String(drv.print(StoreDir.DEFAULT), StandardCharsets.UTF_8));
            session.addBuildLog(drvPath, Things.stream(log));
            session.addBuildLog(drvPath, Things.stream("another"));
            assertThat(nix.command("nix-store", "--read-log", Things.print(drvPath))
                            .succeed()
                            .stdout())
                    .isEqualTo(log);
        }
        try (StoreOperations session = open(false)) {
            refuses(() -> session.addBuildLog(drvPath, Things.stream("forged")), "you are not privileged to add logs");
        }
    }

    @Test
    void letsUntrustedClientsSetLittle() {
        try (StoreOperations session = open(false)) {
            session.setOptions(ClientSettings.of(Map.of("timeout", "7", "trusted-public-keys", "evil")));
        }
        assertThat(said)
                .filteredOn(LogEvent.Message.class::isInstance)
                .extracting(event -> plain(new String(((LogEvent.Message) event).text(), StandardCharsets.UTF_8)))
                .anySatisfy(line -> assertThat(line)
                        .contains("ignoring the client-specified setting 'trusted-public-keys', because it is a"
                                + " restricted setting and you are not a trusted user"))
                .noneSatisfy(line -> assertThat(line).contains("timeout"));
    }

    @Test
    void saysWhatIsNotValid() {
        StorePath absent = new StorePath("00000000000000000000000000000000-absent");
        try (StoreOperations session = open(true)) {
            assertThat(session.queryPathInfo(absent)).isEmpty();
            assertThat(session.queryReferrers(absent)).isEmpty();
            assertThat(session.isValidPath(absent)).isFalse();
            saysThatNarIsAbsent(session, absent);
        }
    }

    void saysThatNarIsAbsent(StoreOperations session, StorePath absent) {
        NarSink nowhere = new NarWriter(new ByteArrayOutputStream());
        refuses(() -> session.narFromPath(absent, nowhere), "path '" + Things.print(absent) + "' is not valid");
    }
}
