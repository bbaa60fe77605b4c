package dev.berth.node.presentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Mounts;
import dev.berth.linux.Names;
import dev.berth.linux.Namespace;
import dev.berth.linux.NamespaceThread;
import dev.berth.nix.StorePath;
import dev.berth.testing.Requires;
import dev.berth.testing.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Removing trees of any shape, and nothing else. */
final class TreeRemovalTest {
    @TempDir
    private Path temp;

    private final TreeRemoval removal = new TreeRemoval(3);

    @Test
    void treesOfAnyNamesAreRemoved() throws Exception {
        long seed = Seed.first();
        FakeStore store = new FakeStore(temp.resolve("store"));
        Random random = new Random(seed);
        for (int i = 0; i < 10; i++) {
            StorePath path = store.path(i, "random");
            store.random(path, random, 400);
        }
        store.seal();
        Files.createSymbolicLink(store.real().resolve("out"), temp.resolve("kept"));
        Files.createDirectory(temp.resolve("kept"));
        Files.writeString(temp.resolve("kept/file"), "x");
        removal.remove(store.real());
        assertThat(store.real()).as("seed %d", seed).doesNotExist();
        assertThat(temp.resolve("kept/file")).exists();
    }

    @Test
    void filesLinksAndNothingAreRemoved() throws Exception {
        Files.writeString(temp.resolve("file"), "x");
        Files.createSymbolicLink(temp.resolve("link"), temp);
        removal.remove(temp.resolve("file"));
        removal.remove(temp.resolve("link"));
        removal.remove(temp.resolve("none"));
        assertThat(temp).isEmptyDirectory();
        assertThatThrownBy(() -> removal.remove(Path.of("/"))).isInstanceOf(IOException.class);
    }

    @Test
    void deepTreesAreRemoved() throws Exception {
        byte[] name = Names.bytes("deep");
        Directory directory = Directory.open(temp);
        for (int i = 0; i < 2_000; i++) {
            directory.makeDirectory(name, 0755);
            Directory below = directory.openDirectory(name);
            directory.close();
            directory = below;
        }
        directory.close();
        removal.remove(temp.resolve("deep"));
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void aMountInATreeIsLeftWithAllInIt() throws Exception {
        Requires.root();
        Path mount = Files.createDirectories(temp.resolve("tree/a/b/mount"));
        Files.writeString(temp.resolve("tree/a/file"), "x");
        Path elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("file"), "x");
        NamespaceThread.inNew(Set.of(Namespace.MOUNT), () -> {
            Mounts.bind(elsewhere, mount, false);
            assertThatThrownBy(() -> removal.remove(temp.resolve("tree")))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY))
                    .hasMessageContaining("mount");
            assertThat(mount.resolve("file")).exists();
            return null;
        });
        assertThat(elsewhere.resolve("file")).exists();
        removal.remove(temp.resolve("tree"));
        assertThat(temp.resolve("tree")).doesNotExist();
    }
}
