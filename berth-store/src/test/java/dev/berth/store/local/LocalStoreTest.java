package dev.berth.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Store;
import dev.berth.store.StoreContract;
import dev.berth.store.StoreException;
import dev.berth.store.Trees;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocalStoreTest extends StoreContract {
    private RealNix nix;

    @Override
    protected Store open() {
        return LocalStore.open(LocalStoreConfig.root(directory.resolve("root")));
    }

    @BeforeEach
    void realNix() {
        nix = new RealNix(directory);
    }

    private LocalStore local() {
        return (LocalStore) store();
    }

    @AfterEach
    void isAGoodStoreToNix() throws IOException {
        try (var names = Files.list(nix.root().resolve("nix/store"))) {
            assertThat(names.map(name -> name.getFileName().toString()))
                    .allMatch(name -> name.equals(".links")
                            || local().pathInfo(new StorePath(name)).isPresent());
        }
        nix.verifies(nix.uri());
    }

    @Test
    void nixReadsWhatBerthWrote() {
        NarSource tree = Trees.tree(1);
        PathInfo first = Trees.info(store().storeDir(), "first", tree, List.of());
        PathInfo second = Trees.info(store().storeDir(), "second", Trees.tree(2), List.of(first.path()));
        store().add(first, tree);
        store().add(second, Trees.tree(2));
        String path = store().storeDir().print(second.path());
        assertThat(nix.output("nix-store", "-q", "--hash", path))
                .isEqualTo(second.narHash().toNix32());
        assertThat(nix.output("nix-store", "-q", "--size", path)).isEqualTo(Long.toString(second.narSize()));
        assertThat(nix.output("nix-store", "-qR", path).lines())
                .containsExactlyInAnyOrder(path, store().storeDir().print(first.path()));
        assertThat(nix.output(
                        "nix-store", "-q", "--referrers", store().storeDir().print(first.path())))
                .isEqualTo(path);
    }

    @Test
    void whereNoStoreCanBeIsSaidWithTheReason() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        for (String[] place : new String[][] {{"/proc/x", "no such file"}, {file.toString(), "Not a directory"}}) {
            assertThatThrownBy(() -> LocalStore.open(LocalStoreConfig.root(Path.of(place[0]))))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("opening store")
                    .hasMessageContaining(place[1]);
        }
    }

    @Test
    void readsWhatNixWrote() throws IOException {
        Path file = Files.writeString(directory.resolve("hello.txt"), "hello");
        StorePath path = store().storeDir().parse(nix.add(file));
        PathInfo info = local().pathInfo(path).orElseThrow();
        assertThat(info.isContentAddressed(store().storeDir())).isTrue();
        assertThat(info).isEqualTo(local().pathInfos(List.of(path)).getFirst());
        assertThat(local().allValidPaths()).containsExactly(path);
        assertThat(local().realPath(path)).hasContent("hello");
    }
}
