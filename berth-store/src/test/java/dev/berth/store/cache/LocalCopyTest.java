package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.Substituters;
import dev.berth.testing.Command;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Closures into and out of local stores, which the real Nix then finds good. */
final class LocalCopyTest {
    @TempDir
    private Path directory;

    private static Store open(String uri) {
        return Stores.open(uri, StoreSettings.DEFAULT);
    }

    @Test
    void aClosureGoesFromCacheToLocalToLocalAndBack() throws IOException {
        SecretKey key = SecretKey.generate("k-1");
        Path secret = Files.writeString(directory.resolve("secret"), key.print());
        String cache = "file://" + directory.resolve("cache");
        String one = "local?root=" + directory.resolve("one");
        Path two = Files.createDirectories(directory.resolve("two/root"));
        List<StorePath> all = new ArrayList<>();
        try (Store store = open(cache + "?compression=zstd&secret-key=" + secret)) {
            for (int i = 0; i < 40; i++) {
                NarSource tree = Samples.tree(i, 5000);
                PathInfo info = i == 0
                        ? Samples.info(Samples.path("n", i), tree)
                        : Samples.info(Samples.path("n", i), tree, all.getLast(), all.get(i / 2));
                store.add(info, tree);
                all.add(info.path());
            }
        }
        List<StorePath> roots = List.of(all.getLast());
        try (Substituters substituters =
                        Substituters.open(List.of(cache), List.of(key.publicKey()), StoreSettings.DEFAULT);
                Store first = open(one);
                Store second = open(two.toString());
                Store back = open("file://" + directory.resolve("back") + "?compression=none")) {
            assertThat(substituters.fetch(first, roots, CopyProgress.NONE).copied())
                    .isEqualTo(40);
            ClosureCopy.copy(
                    first, second, roots, ClosureCopy.Options.verified(List.of(key.publicKey())), CopyProgress.NONE);
            ClosureCopy.copy(second, back, roots, ClosureCopy.Options.TRUSTED, CopyProgress.NONE);
            for (StorePath path : all) {
                assertThat(Samples.told(back, path))
                        .isEqualTo(back.pathInfo(path).orElseThrow().narHash());
            }
        }
        RealNix nix = new RealNix(directory.resolve("two"));
        nix.verifies(nix.uri());
        assertThat(nix.output("nix-store", "-qR", StoreDir.DEFAULT.print(all.getLast()))
                        .lines())
                .hasSize(40);
    }

    @Test
    void aCorruptPathLeavesNothingInALocalStore() throws IOException {
        NarSource tree = Samples.tree(1, 50_000);
        PathInfo info = Samples.info(Samples.path("bad", 1), tree);
        Path cache = directory.resolve("cache");
        try (Store store = open("file://" + cache + "?compression=none")) {
            store.add(info, tree);
        }
        Path nar = cache.resolve(Samples.files(cache).stream()
                .filter(name -> name.startsWith("nar/"))
                .findFirst()
                .orElseThrow());
        byte[] bytes = Files.readAllBytes(nar);
        bytes[20_000] ^= 1;
        Files.write(nar, bytes);
        Path root = directory.resolve("root");
        try (Store from = open("file://" + cache);
                Store to = open("local?root=" + root)) {
            assertThatThrownBy(() -> ClosureCopy.copy(
                            from, to, List.of(info.path()), ClosureCopy.Options.TRUSTED, CopyProgress.NONE))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT))
                    .hasMessageContaining("hash");
            assertThat(to.pathInfo(info.path())).isEmpty();
            assertThat(root.resolve("nix/store").resolve(info.path().baseName()))
                    .doesNotExist();
        }
    }

    @Test
    void aGibibytePassesThroughASmallHeap() {
        Command.Result result = Command.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        SmallHeap.class.getName(),
                        directory.toString(),
                        "1")
                .succeed();
        assertThat(result.stdout()).contains("moved 107374");
    }
}
