package dev.berth.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.StorePaths;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.StoreException;
import dev.berth.store.tree.TreeSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Paths that are named by the hash that Git gives their content. */
final class GitAddressTest {
    // git init; git add -A; git write-tree, of the tree below.
    private static final ContentAddress OF_GIT =
            new ContentAddress(ContentAddressMethod.GIT, Hash.parse("sha1:8b8e43b937854f4083ea56777821abda2799e850"));

    @TempDir
    private Path directory;

    private Path tree = Path.of("");

    @BeforeEach
    void makeTree() throws IOException {
        tree = Files.createDirectory(directory.resolve("tree"));
        Files.writeString(tree.resolve("hello"), "Hello World!\n");
    }

    private LocalStore store(String name) {
        return LocalStore.open(LocalStoreConfig.root(directory.resolve(name)));
    }

    @Test
    void addsFilesAndDumpsByIt() throws IOException {
        byte[] nar = nar(tree);
        Path large = Files.createDirectory(directory.resolve("large"));
        Files.writeString(large.resolve("blob"), "x".repeat(1 << 20));
        try (LocalStore store = store("one")) {
            StorePath path = store.addFrom(tree, "tree", ContentAddressMethod.GIT, HashAlgorithm.SHA1, List.of());
            assertThat(store.pathInfo(path).orElseThrow().ca()).contains(OF_GIT);
            assertThat(dump(store, nar, "tree")).isEqualTo(path);

            StorePath blob = store.addFrom(large, "large", ContentAddressMethod.GIT, HashAlgorithm.SHA1, List.of());
            assertThat(dump(store, nar(large), "large")).isEqualTo(blob);
            assertThat(store.verify(true).problems()).isEmpty();
        }
    }

    @Test
    void checksTheClaimOfWhatIsCopied() throws IOException {
        try (LocalStore one = store("one");
                LocalStore other = store("other")) {
            StorePath path = one.addFrom(tree, "tree", ContentAddressMethod.GIT, HashAlgorithm.SHA1, List.of());
            PathInfo info = one.pathInfo(path).orElseThrow();
            other.add(info, sink -> one.nar(path, sink));
            assertThat(other.pathInfo(path).orElseThrow().ca()).contains(OF_GIT);

            ContentAddress wrong = new ContentAddress(
                    ContentAddressMethod.GIT, Hash.parse("sha1:4b825dc642cb6eb9a060e54bf8d69288fbee4904"));
            StorePath claimed = StorePaths.ofContentAddress(other.storeDir(), "tree", wrong, List.of(), false);
            PathInfo lie = PathInfo.of(claimed, info.narHash(), info.narSize(), List.of())
                    .withCa(Optional.of(wrong));
            assertThatThrownBy(() -> other.add(lie, sink -> one.nar(path, sink)))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("git");
            assertThat(other.pathInfo(claimed)).isEmpty();
        }
    }

    @Test
    void refusesWhatGitDoesNotHashBy() {
        try (LocalStore store = store("one")) {
            assertThatThrownBy(() ->
                            store.addFrom(tree, "tree", ContentAddressMethod.GIT, HashAlgorithm.SHA512, List.of()))
                    .isInstanceOf(StoreException.class);
        }
    }

    private static StorePath dump(LocalStore store, byte[] nar, String name) {
        return store.addFrom(
                        new ByteArrayInputStream(nar),
                        name,
                        ContentAddressMethod.GIT,
                        HashAlgorithm.SHA1,
                        List.of(),
                        false)
                .path();
    }

    private static byte[] nar(Path tree) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new TreeSource(tree).sendTo(new NarWriter(bytes));
        return bytes.toByteArray();
    }
}
