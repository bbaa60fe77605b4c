package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches between Berth and the real Nix, in both directions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class NixCachesTest {
    private Path directory;

    private RealNix nix;
    private List<StorePath> paths;
    private String top;

    @BeforeAll
    void makeStore(@TempDir Path temporary) throws IOException {
        directory = temporary;
        nix = new RealNix(directory);
        Path tree = Files.createDirectories(directory.resolve("tree/sub"));
        byte[] noise = new byte[300_000];
        new Random(1).nextBytes(noise);
        Files.write(tree.resolve("noise"), noise);
        byte[] same = new byte[5 << 20];
        Arrays.fill(same, (byte) 'x');
        Files.write(tree.resolve("same"), same);
        Files.createSymbolicLink(tree.resolve("link"), Path.of("noise"));
        Path run = Files.writeString(tree.resolve("run"), "#!/bin/sh\n");
        assertThat(run.toFile().setExecutable(true)).isTrue();
        String added = nix.add(directory.resolve("tree"));
        // The top is input-addressed, so that it needs a signature; what it refers to is content-addressed.
        top = nix.build("""
                        derivation {
                          name = "top";
                          system = builtins.currentSystem;
                          builder = "/bin/sh";
                          args = [ "-c" "echo ${builtins.toFile "leaf" "leaf"} ${builtins.storePath %s} > $out" ];
                        }
                        """.formatted(added)).getFirst();
        paths = nix.output("nix-store", "-qR", top)
                .lines()
                .map(StoreDir.DEFAULT::parse)
                .toList();
        assertThat(paths).hasSize(3);
    }

    private static Store open(String uri) {
        return Stores.open(uri, StoreSettings.DEFAULT);
    }

    private void nixCopies(String... more) {
        nix.command(concat(new String[] {"nix", "copy", "--no-check-sigs"}, more))
                .succeed();
    }

    private static String[] concat(String[] first, String... second) {
        String[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "xz", "bzip2", "zstd", "br", "gzip", "lzip", "lz4", "lzma"})
    void readsWhatNixWrote(String compression) throws IOException {
        Path cache = directory.resolve("nix-" + compression);
        nixCopies("--to", "file://" + cache + "?compression=" + compression, top);
        try (Store store = open("file://" + cache)) {
            for (StorePath path : paths) {
                assertThat(Files.readString(cache.resolve(path.hashPart() + ".narinfo")))
                        .contains("\nCompression: " + compression + "\n");
                PathInfo info = store.pathInfo(path).orElseThrow();
                assertThat(info.narHash())
                        .isEqualTo(Hash.parse(nix.output("nix-store", "-q", "--hash", "/nix/store/" + path)));
                assertThat(Samples.told(store, path)).isEqualTo(info.narHash());
            }
        }
    }

    @Test
    void refusesACompressionItDoesNotKnow() {
        Path cache = directory.resolve("nix-compress");
        nixCopies("--to", "file://" + cache + "?compression=compress", top);
        try (Store store = open("file://" + cache)) {
            assertThatThrownBy(() -> Samples.told(store, paths.getFirst()))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("compression 'compress'")
                    .hasMessageContaining("zstd");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "compression=xz&compression-level=0",
                "compression=zstd",
                "compression=zstd&parallel-compression=true&compression-level=19",
                "compression=none",
                "compression=bzip2",
                "compression=gzip"
            })
    void nixReadsWhatBerthWrote(String parameters) throws IOException {
        Path work = Files.createTempDirectory(directory, "written");
        Path cache = work.resolve("cache");
        SecretKey key = SecretKey.generate("berth-test-1");
        Path secret = Files.writeString(work.resolve("secret"), key.print());
        Path plain = work.resolve("plain");
        nixCopies("--to", "file://" + plain + "?compression=none", top);
        String uri = "file://" + cache + "?write-nar-listing=true&secret-key=" + secret
                + (parameters.isEmpty() ? "" : "&" + parameters);
        try (Store from = open("file://" + plain);
                Store to = open(uri)) {
            ClosureCopy.Result result = ClosureCopy.copy(
                    from, to, List.of(StoreDir.DEFAULT.parse(top)), ClosureCopy.Options.TRUSTED, CopyProgress.NONE);
            assertThat(result.copied()).isEqualTo(3);
        }
        assertThat(Samples.files(cache)).hasSize(10).noneMatch(name -> name.startsWith(".berth-tmp"));

        RealNix other = new RealNix(Files.createDirectories(work.resolve("other")));
        other.command(
                        "nix",
                        "copy",
                        "--from",
                        "file://" + cache,
                        "--option",
                        "trusted-public-keys",
                        key.publicKey().print(),
                        top)
                .succeed();
        assertThat(other.output("nix-store", "-qR", top).lines().map(StoreDir.DEFAULT::parse))
                .containsExactlyInAnyOrderElementsOf(paths);
        other.verifies(other.uri());
        String tree = "/nix/store/"
                + paths.stream()
                        .filter(p -> p.name().equals("tree"))
                        .findFirst()
                        .orElseThrow();
        assertThat(other.output("nix", "store", "ls", "--store", "file://" + cache, "-R", tree))
                .contains("./sub/link", "./sub/run");
    }

    @Test
    void nixRefusesWhatBerthDidNotSign() throws IOException {
        Path cache = directory.resolve("unsigned");
        Path plain = directory.resolve("plain");
        nixCopies("--to", "file://" + plain + "?compression=none", top);
        try (Store from = open("file://" + plain);
                Store to = open("file://" + cache + "?compression=zstd")) {
            ClosureCopy.copy(
                    from, to, List.of(StoreDir.DEFAULT.parse(top)), ClosureCopy.Options.TRUSTED, CopyProgress.NONE);
        }
        RealNix other = new RealNix(Files.createDirectories(directory.resolve("refusing")));
        Command.Result result =
                other.command("nix", "copy", "--from", "file://" + cache, top).run();
        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).contains("lacks a").contains("signature");
    }

    @Test
    void xzOfBerthIsXz() throws IOException {
        Requires.program("xz");
        Path cache = directory.resolve("big");
        var tree = Samples.tree(7, 11 << 20);
        PathInfo info = Samples.info(Samples.path("big", 7), tree);
        try (Store store = open("file://" + cache + "?compression-level=1")) {
            store.add(info, tree);
            assertThat(Samples.told(store, info.path())).isEqualTo(info.narHash());
        }
        Path nar = cache.resolve(Samples.files(cache).stream()
                .filter(name -> name.startsWith("nar/"))
                .findFirst()
                .orElseThrow());
        Command.of("xz", "--test", nar.toString()).succeed();
        String listing =
                Command.of("xz", "--list", "--robot", nar.toString()).succeed().stdout();
        // file, streams, blocks, compressed, uncompressed
        assertThat(listing).containsPattern("(?m)^file\t1\t[2-9][0-9]*\t\\d+\t" + info.narSize() + "\t");
    }
}
