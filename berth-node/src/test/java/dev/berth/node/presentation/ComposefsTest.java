package dev.berth.node.presentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.linux.DetachedMount;
import dev.berth.linux.Directory;
import dev.berth.linux.LinuxException;
import dev.berth.linux.MountTable;
import dev.berth.linux.Mounts;
import dev.berth.linux.Names;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceThread;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import dev.berth.testing.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Closures shown by images, each test in a mount namespace of its own. */
final class ComposefsTest {
    private static final Presentation.State STATE = root -> {
        Files.createDirectories(root.resolve("nix/var/nix/db"));
        Files.writeString(root.resolve("nix/var/nix/db/db.sqlite"), "database".repeat(10_000));
        Files.createSymbolicLink(root.resolve("nix/var/result"), Path.of("/nix/store/result"));
    };

    @TempDir
    private Path temp;

    private FakeStore store;
    private Composefs composefs;

    @BeforeEach
    void prepare() throws IOException {
        Requires.root();
        temp = temp.toRealPath();
        Path probe = Files.createDirectory(temp.resolve("probe"));
        Optional<String> problem = ComposefsProbe.problem(probe);
        Requires.that(problem.isEmpty(), "composefs does not work here: " + problem.orElse(""));
        store = new FakeStore(temp.resolve("store"));
        composefs = new Composefs(store.real(), "test-");
    }

    /** JUnit's own cleaning does not know names of any bytes. */
    @AfterEach
    void clean() throws IOException {
        try (Directory all = Directory.open(temp)) {
            new TreeRemoval(2).empty(all);
        }
    }

    private static void isolated(Callable<?> body) throws IOException, InterruptedException {
        NamespaceThread.inNew(Set.of(Namespace.MOUNT), body);
    }

    private Path made(Closure closure, String name) throws IOException {
        Path tree = Files.createDirectories(temp.resolve(name));
        composefs.make(closure, STATE, tree);
        return tree;
    }

    /** A package with links of every kind into a closure of random paths. */
    private StorePath random(Random random) throws IOException {
        StorePath primary = store.path(1, "primary");
        for (int i = 2; i < 30; i++) {
            store.random(store.path(i, "random"), random, random.nextInt(80));
        }
        StorePath file = store.path(30, "file");
        Files.writeString(store.file(file), "a path that is a file");
        StorePath link = store.path(31, "link");
        Files.createSymbolicLink(store.file(link), Path.of("/nix/store/" + file));
        store.random(primary, random, 300);
        store.write(primary, "nix/hidden", "the store dir is in front of it");
        store.write(primary, "share/deep/er/file", "deep");
        store.link(primary, "share/up", "../share");
        store.link(primary, "share/self", "self");
        store.link(primary, "to-link", "/nix/store/" + link);
        store.link(primary, "outside", "/etc/passwd");
        store.link(primary, "dangling", "nowhere/at/all");
        store.link(primary, "beyond", "../../../etc");
        for (int i = 2; i < 12; i++) {
            store.link(primary, "links/to-" + i, "/nix/store/" + String.format("%032d-random", i));
            store.link(primary, "links/through-" + i, "../../" + String.format("%032d-random", i) + "/.");
        }
        store.seal();
        return primary;
    }

    @Test
    void itShowsWhatATreeOfLinksShows() throws Exception {
        long seed = Seed.first();
        Closure closure = store.closure(random(new Random(seed)));
        store.write(new StorePath("77777777777777777777777777777777-stranger"), "not", "in the closure");
        Path links = Files.createDirectory(temp.resolve("links"));
        new HardlinkTree(2).make(closure, STATE, links);
        Path tree = made(closure, "tree");
        isolated(() -> {
            composefs.ready(tree);
            composefs.ready(tree);
            assertThat(MountTable.below(tree)).hasSize(1);
            try (DetachedMount volume = composefs.readOnly(tree);
                    Directory root = volume.root()) {
                assertThat(comparable(FakeStore.listing(root, false)))
                        .as("seed %d", seed)
                        .isEqualTo(comparable(FakeStore.listing(links, false)))
                        .hasSizeGreaterThan(500)
                        .anyMatch(line -> line.startsWith("share/deep/er/file REGULAR"));
                assertThatThrownBy(() -> root.makeDirectory(Names.bytes("new"), 0755))
                        .isInstanceOf(LinuxException.class)
                        .hasMessageContaining("EROFS");
            }
            return null;
        });
        assertThat(tree.toFile().list()).containsExactlyInAnyOrder("image", "shown");
    }

    /** Without the times of what is made for each tree. */
    private static List<String> comparable(List<String> listing) {
        return listing.stream()
                .map(line -> line.replaceFirst(
                        "(?s)^(nix(?:/store|/var.*)? (?:DIRECTORY|REGULAR|SYMLINK)(?: \\d+)?) \\d+", "$1"))
                .toList();
    }

    @Test
    void anImageHasAnInodeForEachPathAndIsTheSameEachTime() throws Exception {
        Random random = new Random(Seed.first());
        StorePath primary = store.path(1, "file");
        Files.writeString(store.file(primary), "x");
        for (int i = 2; i < 50; i++) {
            store.random(store.path(i, "random"), random, 100);
        }
        store.seal();
        Path one = Files.createDirectory(temp.resolve("one"));
        Path two = Files.createDirectory(temp.resolve("two"));
        composefs.make(store.closure(primary), root -> {}, one);
        composefs.make(store.closure(primary), root -> {}, two);
        assertThat(Files.mismatch(one.resolve("image"), two.resolve("image"))).isEqualTo(-1);
        assertThat(Files.size(one.resolve("image"))).isLessThanOrEqualTo(5 * 4096);
    }

    @Test
    void otherToolsFindNothingWrongWithAnImage() throws Exception {
        Requires.program("fsck.erofs");
        Random random = new Random(Seed.first());
        StorePath primary = store.path(1, "primary");
        store.random(primary, random, 300);
        for (int i = 2; i < 200; i++) {
            store.random(store.path(i, "random"), random, 20);
        }
        store.seal();
        Path tree = Files.createDirectory(temp.resolve("tree"));
        composefs.make(store.closure(primary), root -> {}, tree);
        Command.Result result =
                Command.of("fsck.erofs", tree.resolve("image").toString()).run();
        assertThat(result.exitCode()).as(result.stdout() + result.stderr()).isZero();
        assertThat(result.stderr()).isEmpty();
    }

    @Test
    void whatIsWrittenStaysInTheVolumesOwnLayer() throws Exception {
        StorePath primary = store.path(1, "primary");
        store.write(primary, "bin/program", "program");
        store.write(primary, "lib/deep/data", "data");
        store.seal();
        List<String> before = FakeStore.listing(store.real(), true);
        // Longer than a word of the kernel's: layers are passed by their descriptors.
        Path tree = made(store.closure(primary), "long/" + "l".repeat(200) + "/tree");
        Path upper = Files.createDirectories(temp.resolve("upper"));
        Path work = Files.createDirectories(temp.resolve("work"));
        Path at = Files.createDirectory(temp.resolve("at"));
        isolated(() -> {
            try (DetachedMount volume = composefs.readWrite(tree, new Writable("test-volume", upper, work))) {
                volume.attach(at);
            }
            Path in = at.resolve("nix/store").resolve(primary.baseName());
            Files.writeString(in.resolve("bin/program"), "changed");
            Files.delete(in.resolve("lib/deep/data"));
            Files.move(in.resolve("lib"), in.resolve("moved"));
            Files.writeString(at.resolve("nix/store/new"), "new");
            Files.writeString(at.resolve("bin/program"), "changed here, too");
            assertThat(in.resolve("bin/program")).hasContent("changed");
            assertThat(in.resolve("moved/deep")).isEmptyDirectory();
            assertThat(at.resolve("lib/deep/data")).hasContent("data");
            assertThat(MountTable.at(at).orElseThrow().source()).isEqualTo("test-volume");
            // By this the agent sees that the tree is in use.
            assertThat(MountTable.at(at).orElseThrow().superOptions())
                    .anyMatch(option -> option.contains(tree.toString()));
            assertThat(MountTable.below(tree)).isEmpty();
            Mounts.unmount(at, Mounts.Unmount.IDLE);
            return null;
        });
        assertThat(FakeStore.listing(store.real(), true)).isEqualTo(before);
    }

    @Test
    void aMissingPathIsSaid() throws Exception {
        StorePath primary = store.path(1, "primary");
        store.write(primary, "file", "x");
        StorePath missing = store.path(2, "missing");
        assertThatThrownBy(() -> made(store.closure(primary), "tree"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(missing.baseName())
                .hasMessageContaining("fetch it again");
    }
}
