package dev.berth.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.Trees;
import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalStoreDatabaseTest {
    @TempDir
    private Path directory;

    private RealNix nix;
    private LocalStoreConfig config;

    @BeforeEach
    void prepare() {
        nix = new RealNix(directory);
        config = LocalStoreConfig.root(nix.root());
    }

    private static String baseName(int i) {
        return "%032d-path-%d".formatted(i, i);
    }

    private static List<PathInfo> closure(int size) {
        List<PathInfo> infos = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            List<StorePath> references = new ArrayList<>();
            for (int j = 1; j <= 5 && i - j * j >= 0; j++) {
                references.add(new StorePath(baseName(i - j * j)));
            }
            references.add(new StorePath(baseName(i)));
            infos.add(Trees.info(new StorePath(baseName(i)), Trees.file("file " + i), references));
        }
        return infos;
    }

    @Test
    void exportsADatabaseThatNixReads() throws IOException {
        List<PathInfo> infos = closure(2000);
        Path root = directory.resolve("volume");
        Path files = Files.createDirectories(root.resolve("nix/store"));
        for (int i = 0; i < infos.size(); i++) {
            Files.writeString(files.resolve(baseName(i)), "file " + i);
        }
        try (LocalStore store = LocalStore.open(config)) {
            for (int i = 0; i < 3; i++) {
                long start = System.nanoTime();
                store.exportDatabase(root, infos);
                System.out.println("exported 2,000 paths in " + (System.nanoTime() - start) / 1_000_000 + " ms");
            }
        }
        nix.verifies("local?root=" + root);
        String last = "/nix/store/" + baseName(1999);
        assertThat(nix.command("nix-store", "-qR", last, "--store", "local?root=" + root)
                        .succeed()
                        .stdout()
                        .lines())
                .hasSizeGreaterThan(1500);
        try (LocalStore exported = LocalStore.open(LocalStoreConfig.root(root).forReading())) {
            assertThat(exported.pathInfos(infos.stream().map(PathInfo::path).toList()))
                    .usingElementComparator(
                            (a, b) -> a.registeredAt(b.registrationTime()).equals(b) ? 0 : 1)
                    .containsExactlyElementsOf(infos);
        }
        try (LocalStore store = LocalStore.open(config)) {
            assertThatThrownBy(() -> store.exportDatabase(root, infos.subList(1, 20)))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("without '" + baseName(0) + "'");
        }
    }

    @Test
    void registersManyAtOnceOrNone() throws IOException {
        List<PathInfo> infos = closure(300);
        for (int i = 0; i < infos.size(); i++) {
            Files.createDirectories(config.realStoreDir());
            Files.writeString(config.realStoreDir().resolve(baseName(i)), "file " + i);
        }
        try (LocalStore store = LocalStore.open(config)) {
            assertThatThrownBy(() -> store.registerValidPaths(infos.subList(1, 300)))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED));
            assertThat(store.allValidPaths()).isEmpty();
            store.registerValidPaths(infos.reversed());
            assertThat(store.allValidPaths()).hasSize(300);
            StorePath last = infos.getLast().path();
            Set<StorePath> closure = store.closure(List.of(last));
            assertThat(closure).contains(last, infos.getFirst().path());
            assertThat(store.closureSize(List.of(last)))
                    .isEqualTo(store.pathInfos(closure).stream()
                            .mapToLong(PathInfo::narSize)
                            .sum());
            assertThat(store.referrersClosure(List.of(infos.get(297).path())))
                    .containsExactlyInAnyOrder(
                            infos.get(297).path(), infos.get(298).path(), last);
            assertThat(store.referrers(infos.getFirst().path()))
                    .contains(infos.getFirst().path(), infos.get(25).path());
            PathInfo a = Trees.info(new StorePath(baseName(1000)), Trees.file("a"), List.of());
            PathInfo b = Trees.info(new StorePath(baseName(1001)), Trees.file("b"), List.of(a.path()));
            PathInfo cycle = Trees.info(a.path(), Trees.file("a"), List.of(b.path()));
            assertThatThrownBy(() -> store.registerValidPaths(List.of(cycle, b)))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("cycle");
        }
        nix.verifies(nix.uri());
    }

    @Test
    void verifiesAndReports() throws IOException {
        try (LocalStore store = LocalStore.open(config)) {
            StorePath good = store.addText("good", "good".getBytes(StandardCharsets.UTF_8), List.of());
            StorePath gone = store.addText("gone", "gone".getBytes(StandardCharsets.UTF_8), List.of());
            StorePath changed = store.addText("changed", "changed".getBytes(StandardCharsets.UTF_8), List.of());
            assertThat(store.verify(true).good()).isTrue();
            Files.delete(store.realPath(gone));
            Files.writeString(store.realPath(changed), "chang3d");
            VerifyReport report = store.verify(true);
            assertThat(report.checked()).isEqualTo(3);
            assertThat(report.problems())
                    .extracting(VerifyReport.Problem::path)
                    .containsExactlyInAnyOrder(gone, changed);
            assertThat(store.verify(false).problems()).hasSize(1);
            assertThat(store.pathInfo(good)).isPresent();
        }
    }

    @Test
    void addsAsNixDoes() throws IOException {
        Path tree = Files.createDirectories(directory.resolve("source tree"));
        Files.writeString(tree.resolve("file"), "content");
        Files.createSymbolicLink(tree.resolve("link"), Path.of("file"));
        Path file = Files.writeString(directory.resolve("plain"), "plain content");
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(directory.resolve("ours")))) {
            assertThat(store.storeDir()
                            .print(store.addFrom(
                                    tree, "name", ContentAddressMethod.NAR, HashAlgorithm.SHA256, List.of())))
                    .isEqualTo(nix.output(
                            "nix-store",
                            "--add-fixed",
                            "--recursive",
                            "sha256",
                            renamed(tree, "name").toString()));
            for (String algorithm : List.of("md5", "sha1", "sha256", "sha512")) {
                HashAlgorithm parsed = HashAlgorithm.parse(algorithm);
                assertThat(store.storeDir()
                                .print(store.addFrom(file, "plain", ContentAddressMethod.FLAT, parsed, List.of())))
                        .isEqualTo(nix.output("nix-store", "--add-fixed", algorithm, file.toString()));
                assertThat(store.storeDir()
                                .print(store.addFrom(file, "plain", ContentAddressMethod.NAR, parsed, List.of())))
                        .isEqualTo(nix.output("nix-store", "--add-fixed", "--recursive", algorithm, file.toString()));
            }
            StorePath text = store.addText("text", new byte[] {'x'}, List.of());
            assertThat(store.storeDir().print(text))
                    .isEqualTo(nix.output("nix-instantiate", "--eval", "-E", "builtins.toFile \"text\" \"x\"")
                            .replace("\"", ""));
        }
        nix.verifies("local?root=" + directory.resolve("ours"));
    }

    private Path renamed(Path from, String name) throws IOException {
        return Files.move(from, from.resolveSibling(name));
    }

    @Test
    void refusesOtherSchemasAndSaysIt() throws IOException {
        LocalStore.open(config).close();
        for (String version : List.of("9", "11", "ten")) {
            Files.writeString(config.database().resolve("schema"), version);
            assertThatThrownBy(() -> LocalStore.open(config))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining(version.equals("9") ? "older" : version.equals("11") ? "newer" : "corrupt");
        }
        assertThatThrownBy(() -> LocalStore.open(
                        LocalStoreConfig.root(directory.resolve("none")).forReading()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.ABSENT));
    }

    @Test
    void saysWhenTheDatabaseStaysBusy() throws Exception {
        Requires.program("sqlite3");
        LocalStore.open(config).close();
        Process other = new ProcessBuilder("sqlite3", config.database() + "/db.sqlite").start();
        try (LocalStore store = LocalStore.open(config.waiting(Duration.ofSeconds(1), Duration.ofMillis(300)))) {
            other.getOutputStream().write("begin immediate; select 'locked';\n".getBytes(StandardCharsets.UTF_8));
            other.getOutputStream().flush();
            assertThat(other.getInputStream().read()).isEqualTo('l');
            assertThatThrownBy(() -> store.addText("text", new byte[0], List.of()))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
                    .hasMessageContaining("db.sqlite");
            assertThat(store.allValidPaths()).isEmpty();
        } finally {
            other.destroyForcibly().waitFor();
        }
        try (LocalStore store = LocalStore.open(config)) {
            assertThat(store.verify(true).leftovers()).isEmpty();
            store.addText("text", new byte[0], List.of());
        }
        nix.verifies(nix.uri());
    }

    @Test
    void sharesRealisationsWithNix() {
        Requires.program("sqlite3");
        List<String> built = nix.build("derivation { name = \"ca\"; system = builtins.currentSystem;"
                + " builder = \"/bin/sh\"; args = [ \"-c\" \"echo hi > $out\" ]; __contentAddressed = true;"
                + " outputHashMode = \"recursive\"; outputHashAlgo = \"sha256\"; }");
        String key = Command.of(
                        "sqlite3",
                        config.database() + "/db.sqlite",
                        "select drvPath || '!' || outputName from Realisations")
                .succeed()
                .stdout()
                .strip();
        DrvOutput.ByHash id = DrvOutput.parseByHash(key);
        try (LocalStore store = LocalStore.open(config)) {
            Realisation theirs = store.realisations().find(id).orElseThrow();
            assertThat(built).containsExactly(store.storeDir().print(theirs.outPath()));
            DrvOutput.ByHash other = new DrvOutput.ByHash(Hash.sha256(new byte[0]), "out");
            Realisation ours = new Realisation(
                    other, theirs.outPath(), theirs.signatures(), new TreeMap<>(Map.of(id, theirs.outPath())));
            store.realisations().register(ours);
            store.realisations().register(ours);
            assertThat(store.realisations().find(other)).contains(ours);
            StorePath text = store.addText("text", new byte[0], List.of());
            assertThatThrownBy(() -> store.realisations().register(Realisation.of(other, text)))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("known already");
        }
        nix.verifies(nix.uri());
    }

    @Test
    void saysWhenTheDiskIsFull() throws IOException {
        Requires.root();
        Path disk = Files.createDirectories(directory.resolve("disk"));
        Command.of("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk.toString())
                .succeed();
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(disk))) {
            StorePath small = store.addText("small", new byte[100], List.of());
            assertThatThrownBy(() -> store.addText("large", new byte[20 << 20], List.of()))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.NO_SPACE));
            assertThat(store.verify(true)).isEqualTo(new VerifyReport(1, List.of(), List.of(), List.of()));
            assertThat(store.pathInfo(small)).isPresent();
            nix.verifies("local?root=" + disk);
        } finally {
            Command.of("umount", "-l", disk.toString()).succeed();
        }
    }

    @Test
    void readsDerivationsOfNix() throws IOException {
        String drv = nix.output(
                "nix-instantiate",
                "-E",
                "derivation { name = \"d\"; system = \"x86_64-linux\"; builder = \"/bin/sh\";"
                        + " outputs = [ \"out\" \"dev\" ]; }");
        try (LocalStore ours = LocalStore.open(LocalStoreConfig.root(directory.resolve("ours")));
                LocalStore theirs = LocalStore.open(config.forReading())) {
            StorePath path = ours.storeDir().parse(drv);
            PathInfo info = theirs.pathInfo(path).orElseThrow();
            ours.add(info, sink -> theirs.nar(path, sink));
            assertThat(ours.derivationOutputs(path))
                    .isEqualTo(theirs.derivationOutputs(path))
                    .containsOnlyKeys("out", "dev");
            StorePath out = ours.derivationOutputs(path).get("out");
            assertThat(ours.validDerivers(java.util.Objects.requireNonNull(out)))
                    .containsExactly(path);
        }
        nix.verifies("local?root=" + directory.resolve("ours"));
    }
}
