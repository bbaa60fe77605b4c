package dev.berth.node.presentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.linux.Directory;
import dev.berth.linux.FileSystemStat;
import dev.berth.linux.Mounts;
import dev.berth.linux.Names;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceThread;
import dev.berth.linux.Processes;
import dev.berth.linux.Signal;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.testing.Requires;
import dev.berth.testing.Seed;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees of hard links on a real file system, and what they do where they cannot link. */
final class HardlinkTreeTest {
    @TempDir
    private Path temp;

    private FakeStore store;
    private Path root;
    private final HardlinkTree tree = new HardlinkTree(3);

    @BeforeEach
    void prepare() throws IOException {
        store = new FakeStore(temp.resolve("store"));
        root = Files.createDirectory(temp.resolve("root"));
    }

    /** JUnit's own cleaning does not know names of any bytes. */
    @AfterEach
    void clean() throws IOException {
        new TreeRemoval(2).remove(temp.resolve("store"));
        new TreeRemoval(2).remove(root);
    }

    private Path shown() {
        return root.resolve("nix/store");
    }

    @Test
    void everyFileIsTheStoresOwn() throws Exception {
        long seed = Seed.first();
        Random random = new Random(seed);
        StorePath primary = store.path(1, "primary");
        Files.writeString(store.file(primary), "a path that is a file");
        StorePath link = store.path(2, "link");
        Files.createSymbolicLink(store.file(link), Path.of("/nix/store/" + primary));
        for (int i = 3; i < 40; i++) {
            store.random(store.path(i, "random"), random, random.nextInt(i == 3 ? 2_000 : 60));
        }
        store.seal();
        tree.present(store.closure(primary), root);
        assertThat(FakeStore.listing(shown(), true))
                .as("seed %d", seed)
                .isEqualTo(FakeStore.listing(store.real(), true))
                .hasSizeGreaterThan(40);
        assertThat(root).isDirectoryNotContaining(file -> !file.endsWith("nix"));
    }

    @Test
    void onlyTheClosureIsShown() throws Exception {
        StorePath primary = store.path(1, "primary");
        store.write(primary, "file", "x");
        Closure closure = store.closure(primary);
        store.write(store.path(2, "other"), "file", "x");
        store.seal();
        tree.present(closure, root);
        assertThat(shown()).isDirectoryNotContaining(file -> file.endsWith("other"));
        assertThat(FakeStore.listing(shown(), true)).hasSize(2);
    }

    @Test
    void linksAtTheRootAreReplacedByWhatTheyLeadTo() throws Exception {
        StorePath primary = store.path(1, "env");
        StorePath tool = store.path(2, "tool");
        StorePath outside = new FakeStore(temp.resolve("store")).path(9, "outside");
        store.write(tool, "libexec/real", "tool");
        store.link(tool, "bin/tool", "../libexec/real");
        store.link(tool, "bin/chain", "tool");
        store.write(tool, "share/doc/readme", "read me");
        store.link(tool, "share/self", "../share");
        store.write(outside, "file", "not in the closure");
        store.write(primary, "file", "own");
        store.write(primary, "dir/below", "own");
        store.write(primary, "nix/hidden", "gives way to the store");
        store.link(primary, "bin", "/nix/store/" + tool + "/bin");
        store.link(primary, "share", "/nix/store//" + tool + "/./share/");
        store.link(primary, "through", "bin/../libexec/real");
        store.link(primary, "up", "../" + tool + "/libexec/real");
        store.link(primary, "odd", "/nix/../nix/store/x/../" + tool + "/libexec/real");
        store.link(primary, "dir/cycle", "..");
        store.link(primary, "loop", "loop");
        store.link(primary, "dangling", "/nix/store/" + tool + "/none");
        store.link(primary, "below-file", "file/x");
        store.link(primary, "out", "/etc/passwd");
        store.link(primary, "unrelated", "/nix/store/" + outside + "/file");
        store.link(primary, "store", "/nix/store");
        store.link(primary, "escape", "../../../../../../etc/passwd");
        store.seal();
        tree.present(store.closure(primary), root);

        assertSame(tool, "libexec/real", "bin/tool", "bin/chain", "through", "up");
        assertSame(tool, "share/doc/readme", "share/doc/readme");
        assertSame(primary, "file", "file");
        assertSame(primary, "dir/below", "dir/below");
        for (String kept : List.of(
                "share/self",
                "dir/cycle",
                "loop",
                "dangling",
                "below-file",
                "out",
                "unrelated",
                "store",
                "escape",
                // A step that is not in the closure leads nowhere, though the next one leads back.
                "odd")) {
            assertThat(root.resolve(kept)).as(kept).isSymbolicLink();
        }
        assertThat(root.resolve("nix/hidden")).doesNotExist();
        // In the store itself all is as it was.
        assertThat(FakeStore.listing(shown().resolve(primary.baseName()), true))
                .isEqualTo(FakeStore.listing(store.file(primary), true));
        assertThat(Files.getAttribute(root.resolve("share/doc"), "unix:mode")).isEqualTo(040555);
    }

    private void assertSame(StorePath path, String file, String... shown) throws IOException {
        Object inode = Files.getAttribute(store.file(path).resolve(file), "unix:ino");
        for (String name : shown) {
            assertThat(Files.getAttribute(root.resolve(name), "unix:ino", LinkOption.NOFOLLOW_LINKS))
                    .as(name)
                    .isEqualTo(inode);
        }
    }

    @Test
    void onAnotherFileSystemFilesAreCopied() throws Exception {
        Requires.root();
        Random random = new Random(7);
        StorePath primary = store.path(1, "primary");
        store.random(primary, random, 300);
        store.write(primary, "big", "x".repeat(500_000));
        store.seal();
        NamespaceThread.inNew(Set.of(Namespace.MOUNT), () -> {
            Mounts.mount("tmpfs", "berth", root, Set.of(), "size=64m");
            tree.present(store.closure(primary), root);
            assertThat(FakeStore.listing(shown(), false)).isEqualTo(FakeStore.listing(store.real(), false));
            assertThat(Files.size(shown().resolve(primary.baseName()).resolve("big")))
                    .isEqualTo(500_000);
            return null;
        });
    }

    @Test
    void aFileWithAllItsLinksIsCopiedOnce() throws Exception {
        Requires.root();
        try (Directory directory = Directory.open(temp)) {
            Requires.that(
                    directory.fileSystem().magic() == FileSystemStat.EXT4, "needs ext4 for its limit of 65,000 links");
        }
        StorePath one = store.path(1, "one");
        StorePath two = store.path(2, "two");
        StorePath three = store.path(3, "three");
        for (StorePath path : List.of(one, two, three)) {
            Files.createDirectory(store.file(path));
        }
        store.write(one, "file", "popular");
        Path others = Files.createDirectory(temp.resolve("others"));
        byte[] file = Names.bytes("file");
        try (Directory from = Directory.open(store.file(one));
                Directory second = Directory.open(store.file(two));
                Directory third = Directory.open(store.file(three));
                Directory to = Directory.open(others)) {
            from.link(file, second, file);
            from.link(file, third, file);
            // One more can be made, so the three meet the limit in between.
            for (int i = 3; i < 64_999; i++) {
                from.link(file, to, Names.bytes("link-" + i));
            }
        }
        store.seal();
        tree.present(store.closure(one), root);
        List<Object> inodes = new ArrayList<>();
        for (StorePath path : List.of(one, two, three)) {
            Path made = shown().resolve(path.baseName()).resolve("file");
            assertThat(made).hasContent("popular");
            assertThat(Files.getAttribute(made, "unix:mode")).isEqualTo(0100444);
            assertThat(Files.getLastModifiedTime(made).to(TimeUnit.SECONDS)).isEqualTo(1);
            inodes.add(Files.getAttribute(made, "unix:ino"));
        }
        inodes.add(Files.getAttribute(root.resolve("file"), "unix:ino"));
        // The store's own once, the copy for all others.
        assertThat(inodes).contains(Files.getAttribute(store.file(one).resolve("file"), "unix:ino"));
        assertThat(Set.copyOf(inodes)).hasSize(2);
        new TreeRemoval(2).remove(others);
    }

    @Test
    void aFullDiskIsSaidAndLeavesNothing() throws Exception {
        Requires.root();
        StorePath primary = store.path(1, "primary");
        for (int i = 0; i < 50; i++) {
            store.write(primary, "dir" + i + "/file", "x".repeat(100_000));
        }
        store.seal();
        NamespaceThread.inNew(Set.of(Namespace.MOUNT), () -> {
            Mounts.mount("tmpfs", "berth", root, Set.of(), "size=1m");
            assertThatThrownBy(() -> tree.present(store.closure(primary), root))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.NO_SPACE))
                    .hasMessageContaining("/nix/store/" + primary)
                    .hasMessageContaining("ENOSPC")
                    .message()
                    .hasLineCount(1);
            assertThat(root).isEmptyDirectory();
            return null;
        });
    }

    @Test
    void aMissingPathLeavesNothing() throws Exception {
        StorePath primary = store.path(1, "primary");
        store.random(primary, new Random(1), 500);
        StorePath missing = store.path(2, "missing");
        store.seal();
        assertThatThrownBy(() -> tree.present(store.closure(primary), root))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.ABSENT))
                .hasMessageStartingWith("store path /nix/store/" + missing + " is not in " + store.real());
        assertThat(root).isEmptyDirectory();
        Files.delete(root);
        assertThatThrownBy(() -> tree.present(store.closure(primary), root)).isInstanceOf(IOException.class);
    }

    @Test
    void anInterruptedCallerGetsNothing() throws Exception {
        StorePath primary = store.path(1, "primary");
        store.random(primary, new Random(1), 2_000);
        store.seal();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> tree.present(store.closure(primary), root)).isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void whatAKilledProcessLeftIsRemoved() throws Exception {
        long seed = Seed.first();
        Random random = new Random(seed);
        StorePath primary = store.path(1, "primary");
        store.random(primary, random, 3_000);
        store.seal();
        List<String> before = FakeStore.listing(store.real(), true);
        int unfinished = 0;
        for (int i = 0; i < 4; i++) {
            Path made = Files.createDirectory(temp.resolve("root-" + i));
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Killed.class.getName(),
                            store.real().toString(),
                            primary.baseName(),
                            made.toString())
                    .inheritIO()
                    .redirectOutput(ProcessBuilder.Redirect.PIPE)
                    .start();
            try (var reader = process.inputReader()) {
                assertThat(reader.readLine()).isEqualTo("started");
                Thread.sleep(random.nextInt(60));
                // The JDK's own way to kill would close the pipe, too.
                Processes.kill(process.pid(), Signal.KILL);
                unfinished += reader.readLine() == null ? 1 : 0;
            }
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            new TreeRemoval(2).remove(made);
            assertThat(made).doesNotExist();
        }
        System.out.println("killed before the end: " + unfinished + " of 4");
        assertThat(FakeStore.listing(store.real(), true)).as("seed %d", seed).isEqualTo(before);
        try (Directory directory = Directory.open(store.file(primary))) {
            directory.forEach((name, type, inode) -> {
                if (type != dev.berth.linux.FileType.DIRECTORY) {
                    assertThat(directory.stat(name).links()).isEqualTo(1);
                }
            });
        }
    }

    /** The process that is killed. */
    static final class Killed {
        private Killed() {}

        /** Presents a closure of one path. */
        public static void main(String[] arguments) throws IOException {
            StorePath path = new StorePath(arguments[1]);
            Closure closure = new Closure(
                    dev.berth.nix.StoreDir.DEFAULT, Path.of(arguments[0]), new java.util.TreeSet<>(Set.of(path)), path);
            System.out.println("started");
            new HardlinkTree(2).present(closure, Path.of(arguments[2]));
            System.out.println("done");
        }
    }
}
