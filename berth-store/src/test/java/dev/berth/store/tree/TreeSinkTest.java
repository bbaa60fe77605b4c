package dev.berth.store.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.nar.NarException;
import dev.berth.nix.nar.NarReader;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.testing.Command;
import dev.berth.testing.Project;
import dev.berth.testing.Requires;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Restoring what can't be restored, and in places that pass metadata on. */
final class TreeSinkTest {
    private final TemporaryDirectory directory;

    TreeSinkTest() throws IOException {
        directory = TemporaryDirectory.make();
    }

    @AfterEach
    void remove() {
        directory.close();
    }

    @Test
    void aHostileNarLeavesNothing() throws IOException {
        try (Stream<Path> nars = Files.list(Project.golden().resolve("util/nars"))) {
            for (Path nar : nars.toList()) {
                if (nar.endsWith("regular-one-byte-zero-padding.nar")) {
                    continue;
                }
                assertThatThrownBy(() -> restore(Files.readAllBytes(nar)))
                        .as(nar.toString())
                        .isInstanceOf(NarException.class);
                nothingIsLeft();
            }
        }
    }

    @Test
    void aTruncatedNarLeavesNothing() throws IOException {
        byte[] nar = nar();
        long descriptors = descriptors();
        for (int length = 0; length < nar.length; length += 41) {
            byte[] cut = Arrays.copyOf(nar, length);
            assertThatThrownBy(() -> restore(cut)).isInstanceOf(NarException.class);
            nothingIsLeft();
        }
        // Others of this process may have been closed meanwhile.
        assertThat(descriptors()).isLessThanOrEqualTo(descriptors);
    }

    @Test
    void bytesAfterTheEndLeaveNothing() throws IOException {
        byte[] nar = nar();
        assertThatThrownBy(() -> restore(Arrays.copyOf(nar, nar.length + 8)))
                .isInstanceOf(NarException.class)
                .hasMessageContaining("after the end");
        nothingIsLeft();
    }

    @Test
    void whatIsNotCompletedIsRemoved() throws IOException {
        try (TreeSink sink = TreeSink.at(directory.resolve("tree"), TreeOptions.DEFAULT)) {
            new RandomTree(3).sendTo(sink);
            assertThat(directory.resolve("tree")).exists();
        }
        nothingIsLeft();
    }

    @Test
    void leavesWhatWasThereBefore() throws IOException {
        Path tree = directory.resolve("tree");
        for (String kind : List.of("file", "directory", "link")) {
            switch (kind) {
                case "file" -> Files.writeString(tree, "mine");
                case "directory" -> Files.createDirectory(tree);
                default -> Files.createSymbolicLink(tree, directory.resolve("elsewhere"));
            }
            for (long seed = 0; seed < 6; seed++) {
                RandomTree source = new RandomTree(seed);
                assertThatThrownBy(() -> {
                            try (TreeSink sink = TreeSink.at(tree, TreeOptions.DEFAULT)) {
                                source.sendTo(sink);
                            }
                        })
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
                        .hasMessageContaining("EEXIST");
                assertThat(Files.exists(tree, java.nio.file.LinkOption.NOFOLLOW_LINKS))
                        .isTrue();
            }
            Files.delete(tree);
        }
        assertThat(directory.resolve("elsewhere")).doesNotExist();
    }

    @Test
    void aFullDiskIsSaidAndLeavesNothing() throws IOException {
        for (String limit : List.of("size=256k", "nr_inodes=20")) {
            for (boolean preallocate : new boolean[] {false, true}) {
                withMount(limit, () -> {
                    assertThatThrownBy(() -> {
                                try (TreeSink sink = TreeSink.at(
                                        directory.resolve("mount/tree"), new TreeOptions(preallocate, false))) {
                                    sink.startDirectory();
                                    for (int i = 10; i < 99; i++) {
                                        sink.entry(OddTree.bytes("f" + i));
                                        sink.startFile(false, 8192);
                                        sink.contents(new byte[8192], 0, 8192);
                                        sink.endFile();
                                    }
                                }
                            })
                            .isInstanceOfSatisfying(
                                    StoreException.class,
                                    e -> assertThat(e.kind()).isEqualTo(Kind.NO_SPACE))
                            .hasMessageContaining("can't restore a tree, the disk is full: ")
                            .hasMessageContaining("ENOSPC");
                    return directory.resolve("mount");
                });
            }
        }
    }

    @Test
    void aReadOnlyFileSystemIsSaid() throws IOException {
        withMount("ro", () -> {
            assertThatThrownBy(() -> {
                        try (TreeSink sink = TreeSink.at(directory.resolve("mount/tree"), TreeOptions.DEFAULT)) {
                            sink.startDirectory();
                        }
                    })
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.READ_ONLY));
            return directory.resolve("mount");
        });
    }

    @Test
    void inheritsNeitherDefaultAclsNorGroups() throws IOException {
        Requires.root();
        Path parent = Files.createDirectory(directory.resolve("parent"));
        Acl.open(parent, "default");
        Command.of("chown", "0:1234", parent.toString()).succeed();
        Command.of("chmod", "2777", parent.toString()).succeed();
        // What it would be without care.
        Files.createDirectory(parent.resolve("careless"));
        assertThatThrownBy(() -> Metadata.requireCanonical(parent.resolve("careless")))
                .isInstanceOf(AssertionError.class);
        int nodes = 0;
        for (long seed = 0; seed < 20; seed++) {
            Path tree = parent.resolve("tree" + seed);
            try (TreeSink sink = TreeSink.at(tree, TreeOptions.DEFAULT)) {
                new RandomTree(seed).sendTo(sink);
                sink.complete();
            }
            nodes += Metadata.requireCanonical(tree);
        }
        assertThat(nodes).isGreaterThan(50);
    }

    @Test
    void needsNeitherRootNorAnUmask() throws IOException {
        Requires.root();
        Requires.program("setpriv");
        Path parent = Files.createDirectory(directory.resolve("parent"));
        Command.of("chmod", "755", directory.path().toString()).succeed();
        Command.of("chown", "65534:65534", parent.toString()).succeed();
        String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
        String classes = String.join(
                ":",
                List.of(
                                "berth-nix/target/classes",
                                "berth-linux/target/classes",
                                "berth-store/target/classes",
                                "berth-store/target/test-classes")
                        .stream()
                        .map(module -> Project.root().resolve(module).toString())
                        .toList());
        Command nobody = Command.of(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "sh",
                "-c",
                "umask 0177; exec \"$0\" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED"
                        + " -cp \"$1\" " + RestoreAndRemove.class.getName() + " \"$2\"",
                java,
                classes,
                parent.toString());
        Requires.that(
                Command.of(
                                        "setpriv",
                                        "--reuid=65534",
                                        "--regid=65534",
                                        "--clear-groups",
                                        "test",
                                        "-r",
                                        Project.root()
                                                .resolve("berth-store/target/classes")
                                                .toString())
                                .run()
                                .exitCode()
                        == 0,
                "the checkout can't be read by others");
        assertThat(nobody.succeed().stdout()).isEqualTo("canonical, removed\n");
        try (Stream<Path> left = Files.list(parent)) {
            assertThat(left).isEmpty();
        }
    }

    private void restore(byte[] nar) throws IOException {
        try (TreeSink sink = TreeSink.at(directory.resolve("tree"), TreeOptions.DEFAULT)) {
            NarReader.whole(new ByteArrayInputStream(nar)).sendTo(sink);
            sink.complete();
        }
    }

    private void nothingIsLeft() throws IOException {
        try (Stream<Path> left = Files.list(directory.path())) {
            assertThat(left).isEmpty();
        }
    }

    private void withMount(String options, Supplier<Path> body) throws IOException {
        Requires.root();
        Path mount = directory.resolve("mount");
        Files.createDirectories(mount);
        Requires.that(
                Command.of("mount", "-t", "tmpfs", "-o", options, "berth-test", mount.toString())
                                .run()
                                .exitCode()
                        == 0,
                "needs to mount a tmpfs");
        try (Stream<Path> left = Files.list(body.get())) {
            assertThat(left).isEmpty();
        } finally {
            Command.of("umount", mount.toString()).succeed();
        }
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    private static byte[] nar() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        NarWriter writer = new NarWriter(out);
        writer.startDirectory();
        for (String name : List.of("a", "b", "c")) {
            writer.entry(OddTree.bytes(name));
            writer.startDirectory();
            writer.entry(OddTree.bytes("f"));
            writer.startFile(true, 1000);
            writer.contents(new byte[1000], 0, 1000);
            writer.endFile();
            writer.entry(OddTree.bytes("l"));
            writer.symlink(OddTree.bytes("f"));
            writer.endDirectory();
        }
        writer.endDirectory();
        return out.toByteArray();
    }
}
