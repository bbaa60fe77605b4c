package dev.berth.store.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.testing.Command;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What removing takes and what it leaves. */
final class TreeRemovalTest {
    private final TemporaryDirectory directory;

    TreeRemovalTest() throws IOException {
        directory = TemporaryDirectory.make();
    }

    @AfterEach
    void remove() {
        directory.close();
    }

    @Test
    void removesOddNamesAndReadOnlyDirectories() throws IOException {
        Path tree = directory.resolve("tree");
        OddTree.make(tree);
        Canonicalisation.apply(tree);
        assertThat(TreeRemoval.remove(tree)).isGreaterThan(500_000);
        assertThat(tree).doesNotExist();
        assertThat(TreeRemoval.remove(tree)).isZero();
    }

    @Test
    void leavesWhatLinksPointTo() throws IOException {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("file"), "x");
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.createSymbolicLink(tree.resolve("link"), outside);
        Path link = Files.createSymbolicLink(directory.resolve("link"), outside);
        TreeRemoval.remove(tree);
        TreeRemoval.remove(link);
        assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(tree).doesNotExist();
        assertThat(outside.resolve("file")).hasContent("x");
    }

    @Test
    void countsOnlyWhatNoOtherLinkHolds() throws IOException {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.write(tree.resolve("shared"), new byte[1 << 20]);
        Files.createLink(directory.resolve("other"), tree.resolve("shared"));
        assertThat(TreeRemoval.remove(tree)).isLessThan(1 << 20);
        assertThat(directory.resolve("other")).hasSize(1 << 20);
    }

    @Test
    void doesNotCrossAMount() throws IOException {
        Requires.root();
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("file"), "x");
        Path mount = Files.createDirectories(directory.resolve("tree/d/mount"));
        Requires.that(
                Command.of("mount", "--bind", outside.toString(), mount.toString())
                                .run()
                                .exitCode()
                        == 0,
                "needs to mount");
        try {
            for (Path path : new Path[] {directory.resolve("tree"), mount}) {
                assertThatThrownBy(() -> TreeRemoval.remove(path))
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
                        .hasMessage("can't remove a tree: " + mount + " is a mount; unmount it first");
                assertThatThrownBy(() -> Canonicalisation.apply(path))
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
            }
            assertThat(outside.resolve("file")).hasContent("x");
        } finally {
            Command.of("umount", mount.toString()).succeed();
        }
    }

    @Test
    void goesAsDeepAsNarsMay() throws IOException {
        Path tree = directory.resolve("tree");
        try (TreeSink sink = TreeSink.at(tree, TreeOptions.DEFAULT)) {
            int depth = dev.berth.nix.nar.NarLimits.DEPTH;
            for (int i = 1; i < depth; i++) {
                sink.startDirectory();
                sink.entry(new byte[] {'d'});
            }
            sink.startDirectory();
            for (int i = 0; i < depth; i++) {
                sink.endDirectory();
            }
            sink.complete();
        }
        byte[] nar = TreeRoundTripTest.dump(tree);
        Canonicalisation.apply(tree);
        assertThat(TreeRoundTripTest.dump(tree)).isEqualTo(nar);
        TreeRemoval.remove(tree);
        assertThat(tree).doesNotExist();
    }
}
