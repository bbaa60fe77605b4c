package dev.berth.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
import dev.berth.store.Trees;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdditionBatchTest {
    @TempDir
    private Path directory;

    private RealNix nix;
    private LocalStoreConfig config;

    @BeforeEach
    void prepare() {
        nix = new RealNix(directory);
        config = LocalStoreConfig.root(nix.root());
    }

    private record Item(PathInfo info, NarSource tree) {}

    private Item item(long seed, PathInfo... references) {
        NarSource tree = Trees.tree(seed);
        List<StorePath> paths = Stream.of(references).map(PathInfo::path).toList();
        return new Item(Trees.info(config.storeDir(), "batch", tree, paths), tree);
    }

    private static void add(AdditionBatch batch, Item item) {
        batch.add(item.info(), item.tree());
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(config.realStoreDir())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals(".links"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void showsNothingBeforeItIsRegistered() throws IOException {
        Item bottom = item(1);
        Item top = item(2, bottom.info());
        try (LocalStore store = LocalStore.open(config)) {
            try (AdditionBatch batch = store.batch()) {
                add(batch, bottom);
                add(batch, top);
                assertThat(store.allValidPaths()).isEmpty();
                assertThat(names()).contains(bottom.info().path().baseName() + ".lock");
                batch.flush();
                assertThat(store.allValidPaths())
                        .containsExactlyInAnyOrder(
                                bottom.info().path(), top.info().path());
                add(batch, top);
            }
            assertThat(store.pathInfo(top.info().path()).orElseThrow().references())
                    .containsExactly(bottom.info().path());
            assertThat(names()).hasSize(2).noneMatch(name -> name.endsWith(".lock"));
        }
        nix.verifies(nix.uri());
    }

    @Test
    void keepsTheOthersWhereOneIsWrong() throws IOException {
        Item first = item(1);
        Item honest = item(2);
        // Its content has the address that it claims, but that address gives another path: found out by registering.
        StorePath elsewhere = new StorePath("00000000000000000000000000000000-batch");
        Item wrong = new Item(
                PathInfo.of(elsewhere, honest.info().narHash(), honest.info().narSize(), List.of())
                        .withCa(Optional.of(new ContentAddress(
                                ContentAddressMethod.NAR, honest.info().narHash()))),
                honest.tree());
        Item above = item(3, wrong.info());
        Item last = item(4, first.info());
        try (LocalStore store = LocalStore.open(config)) {
            AdditionBatch batch = store.batch();
            for (Item each : List.of(first, wrong, above, last)) {
                add(batch, each);
            }
            assertThatThrownBy(batch::close)
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining(elsewhere.baseName())
                    .hasMessageContaining("content-addressed");
            assertThat(store.allValidPaths())
                    .containsExactlyInAnyOrder(first.info().path(), last.info().path());
            assertThat(names())
                    .containsExactlyInAnyOrder(
                            first.info().path().baseName(), last.info().path().baseName());
        }
        nix.verifies(nix.uri());
    }

    @Test
    void refusesWhatRefersToNothingAndWhatHasOtherContent() throws IOException {
        Item good = item(1);
        try (LocalStore store = LocalStore.open(config)) {
            try (AdditionBatch batch = store.batch()) {
                Item dangling = item(2, item(3).info());
                assertThatThrownBy(() -> add(batch, dangling))
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("is not valid there");
                assertThatThrownBy(() -> batch.add(item(4).info(), Trees.tree(5)))
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("hash");
                add(batch, good);
            }
            assertThat(store.allValidPaths()).containsExactly(good.info().path());
            assertThat(names()).containsExactly(good.info().path().baseName());
        }
        nix.verifies(nix.uri());
    }

    @Test
    void twoBatchesOfTheSamePathsDoNotWaitForEachOther() throws Exception {
        List<Item> items = new ArrayList<>();
        for (long seed = 0; seed < 200; seed++) {
            items.add(item(seed));
        }
        try (LocalStore one = LocalStore.open(config);
                LocalStore other = LocalStore.open(config);
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Callable<Boolean> forward = () -> all(one, items);
            Callable<Boolean> backward = () -> all(other, items.reversed());
            for (var done : threads.invokeAll(List.of(forward, backward))) {
                assertThat(done.get()).isTrue();
            }
            assertThat(one.allValidPaths()).hasSize(items.size());
            assertThat(names()).hasSize(items.size());
        }
        nix.verifies(nix.uri());
    }

    private static boolean all(LocalStore store, List<Item> items) {
        try (AdditionBatch batch = store.batch()) {
            items.forEach(item -> add(batch, item));
        }
        return store.validPaths(items.stream().map(item -> item.info().path()).toList())
                        .size()
                == items.size();
    }
}
