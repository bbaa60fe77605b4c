package dev.berth.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
import dev.berth.store.Trees;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalStoreGcTest {
    @TempDir
    private Path directory;

    private RealNix nix;
    private LocalStore store;

    @BeforeEach
    void open() {
        nix = new RealNix(directory);
        store = LocalStore.open(LocalStoreConfig.root(nix.root()));
    }

    @AfterEach
    void close() {
        store.close();
        nix.verifies(nix.uri());
    }

    private StorePath add(String name, long seed, StorePath... references) {
        NarSource tree = Trees.tree(seed);
        PathInfo info = Trees.info(store.storeDir(), name, tree, List.of(references));
        try (LocalStore session = store.session()) {
            session.add(info, tree);
        }
        return info.path();
    }

    private Set<StorePath> nixSays(String what) {
        return nix.output("nix-store", "--gc", what)
                .lines()
                .map(line -> store.storeDir().parse(line.strip()))
                .collect(Collectors.toSet());
    }

    @Test
    void agreesWithNixOnWhatIsDead() throws IOException {
        StorePath base = add("base", 1);
        StorePath middle = add("middle", 2, base);
        StorePath top = add("top", 3, middle);
        StorePath other = add("other", 4, base);
        Path link = directory.resolve("links/result");
        store.roots().addPermanent(middle, link);
        Set<StorePath> live = store.collectGarbage(GcOptions.live()).paths();
        Set<StorePath> dead = store.collectGarbage(GcOptions.dead()).paths();
        assertThat(live).isEqualTo(Set.of(base, middle)).isEqualTo(nixSays("--print-live"));
        assertThat(dead).isEqualTo(Set.of(top, other)).isEqualTo(nixSays("--print-dead"));
        String middlePath = store.storeDir().print(middle);
        assertThat(nix.output("nix-store", "-q", "--roots", middlePath)).isEqualTo(link + " -> " + middlePath);
        assertThat(store.findRoots()).containsEntry(middle, Set.of(link.toString()));

        GcResult result = store.collectGarbage(GcOptions.deleteDead());
        assertThat(result.paths()).isEqualTo(Set.of(top, other));
        assertThat(result.bytesFreed()).isPositive();
        assertThat(store.allValidPaths()).containsExactlyElementsOf(new TreeSet<>(Set.of(base, middle)));
        assertThat(Files.exists(store.realPath(top))).isFalse();

        Files.delete(link);
        assertThat(store.collectGarbage(GcOptions.deleteDead()).paths()).isEqualTo(Set.of(base, middle));
        try (var auto = Files.list(nix.root().resolve("nix/var/nix/gcroots/auto"))) {
            assertThat(auto).isEmpty();
        }
    }

    @Test
    void keepsWhatASessionAdded() {
        NarSource tree = Trees.tree(5);
        PathInfo info = Trees.info(store.storeDir(), "kept", tree, List.of());
        try (LocalStore session = store.session()) {
            session.add(info, tree);
            assertThat(store.collectGarbage(GcOptions.deleteDead()).paths()).isEmpty();
            assertThat(nixSays("--print-live")).containsExactly(info.path());
            nix.output("nix-store", "--gc");
            assertThat(store.pathInfo(info.path())).isPresent();
            assertThatThrownBy(() -> store.collectGarbage(GcOptions.delete(List.of(info.path()))))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
                    .hasMessageContaining("{temp:" + ProcessHandle.current().pid());
        }
        nix.output("nix-store", "--gc");
        assertThat(store.pathInfo(info.path())).isEmpty();
    }

    @Test
    void deletesOnlyWhatIsDead() {
        StorePath base = add("base", 6);
        StorePath top = add("top", 7, base);
        assertThatThrownBy(() -> store.collectGarbage(GcOptions.delete(List.of(base))))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("'" + store.storeDir().print(top) + "' refers to it");
        Path link = directory.resolve("result");
        store.roots().addPermanent(top, link);
        assertThatThrownBy(() -> store.collectGarbage(GcOptions.delete(List.of(base, top))))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("root '" + link + "' holds it");
        assertThat(store.validPaths(List.of(base, top))).hasSize(2);
        link.toFile().delete();
        assertThat(store.collectGarbage(GcOptions.delete(List.of(base, top))).paths())
                .isEqualTo(Set.of(base, top));
    }

    @Test
    void removesLeftoversAndUnusedLinks() throws IOException {
        Path dir = nix.root().resolve("nix/store");
        StorePath kept = add("kept", 8);
        store.roots().addPermanent(kept, directory.resolve("kept"));
        nix.output("nix-store", "--optimise");
        Files.createDirectories(dir.resolve(".trash-00000000000000000000000000000000-x/y"));
        Files.writeString(dir.resolve("00000000000000000000000000000000-half"), "half");
        Files.writeString(dir.resolve("00000000000000000000000000000000-half.lock"), "");
        Path unused = Files.writeString(dir.resolve(".links/unused"), "unused");
        assertThat(store.verify(true).problems()).isEmpty();
        assertThat(store.verify(false).leftovers()).hasSize(3);
        assertThat(store.collectGarbage(GcOptions.deleteDead()).bytesFreed()).isGreaterThanOrEqualTo(10);
        assertThat(unused).doesNotExist();
        try (var names = Files.list(dir)) {
            assertThat(names.map(name -> name.getFileName().toString()))
                    .containsExactlyInAnyOrder(".links", kept.baseName());
        }
        try (var links = Files.list(dir.resolve(".links"))) {
            assertThat(links).isNotEmpty();
        }
    }

    @Test
    void stopsWhenEnoughIsFreed() {
        for (int i = 0; i < 5; i++) {
            add("path", 20L + i);
        }
        assertThat(store.collectGarbage(GcOptions.deleteDead(1)).paths()).hasSize(1);
        assertThat(store.allValidPaths()).hasSize(4);
    }

    @Test
    void findsWhatRuns() throws IOException, InterruptedException {
        StorePath path = add("runs", 9);
        Process process = new ProcessBuilder("sleep", "60")
                .directory(store.realPath(path).toFile())
                .start();
        try {
            assertThat(store.collectGarbage(GcOptions.dead()).paths()).isEmpty();
            assertThat(store.findRoots().get(path)).contains("/proc/" + process.pid() + "/cwd");
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(store.collectGarbage(GcOptions.dead()).paths()).containsExactly(path);
    }

    @Test
    void followsLinksToLinksAndLeavesOthersAlone() throws IOException {
        StorePath path = add("linked", 10);
        Path profile = directory.resolve("profile");
        Files.createSymbolicLink(profile, Path.of(store.storeDir().print(path)));
        store.roots().addIndirect(profile);
        assertThat(store.findRoots()).containsKey(path);
        Path file = Files.writeString(directory.resolve("file"), "mine");
        assertThatThrownBy(() -> store.roots().addPermanent(path, file))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("no link to a store path");
        assertThat(file).hasContent("mine");
        assertThatThrownBy(() ->
                        store.roots().addPermanent(path, store.realPath(path).resolve("root")))
                .isInstanceOf(StoreException.class);
        assertThat(Files.exists(profile, LinkOption.NOFOLLOW_LINKS)).isTrue();
    }

    @Test
    void cleansUpAfterADeadWriter() throws IOException {
        Path dir = nix.root().resolve("nix/store");
        StorePath valid = add("valid", 11);
        Files.writeString(dir.resolve("00000000000000000000000000000000-half"), "half");
        Files.writeString(dir.resolve("00000000000000000000000000000000-half.lock"), "");
        Files.writeString(dir.resolve(valid.baseName() + ".lock"), "");
        Path temp = Files.writeString(nix.root().resolve("nix/var/nix/temproots/999999"), "");
        try (PathLock _ = PathLock.take(
                dev.berth.linux.Directory.open(dir),
                "11111111111111111111111111111111-busy",
                store.config().lockTimeout())) {
            Files.writeString(dir.resolve("11111111111111111111111111111111-busy"), "busy");
            store.cleanUp();
            try (var names = Files.list(dir)) {
                assertThat(names.map(name -> name.getFileName().toString()))
                        .containsExactlyInAnyOrder(
                                ".links",
                                valid.baseName(),
                                "11111111111111111111111111111111-busy",
                                "11111111111111111111111111111111-busy.lock");
            }
        }
        assertThat(temp).doesNotExist();
        assertThat(store.pathInfo(valid)).isPresent();
    }
}
