package dev.berth.store.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writing a cache in a directory, and copying closures between two of them. */
final class FileCacheTest {
    @TempDir
    private Path directory;

    private Path cache() {
        return directory.resolve("cache");
    }

    private Store open(String parameters) {
        return Stores.open("file://" + cache() + parameters, StoreSettings.DEFAULT);
    }

    private static PathInfo add(Store store, long seed, StorePath... references) {
        NarSource tree = Samples.tree(seed, 2000);
        PathInfo info = Samples.info(Samples.path("p" + seed, seed), tree, references);
        store.add(info, tree);
        return info;
    }

    @Test
    void aNewCacheSaysWhatItIs() throws IOException {
        try (Store store = open("?compression=none&want-mass-query=1&priority=30")) {
            add(store, 1);
        }
        assertThat(Files.readString(cache().resolve("nix-cache-info")))
                .isEqualTo("StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 30\n");
        try (BinaryCache again = (BinaryCache) open("")) {
            assertThat(again.priority()).isEqualTo(30);
            assertThat(again.wantMassQuery()).isTrue();
        }
        try (BinaryCache again = (BinaryCache) open("?priority=7&want-mass-query=false")) {
            assertThat(again.priority()).isEqualTo(7);
            assertThat(again.wantMassQuery()).isFalse();
        }
        assertThat(Samples.files(cache())).hasSize(3);
    }

    @Test
    void parametersAreRefusedByName() {
        for (String wrong : List.of(
                "?compresion=xz",
                "?compression=rar",
                "?compression=br",
                "?compression=xz&compression-level=10",
                "?compression-level=x",
                "?write-nar-listing=maybe",
                "?secret-key=/nowhere/key")) {
            assertThatThrownBy(() -> open(wrong))
                    .as(wrong)
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
        }
        assertThatThrownBy(() -> open("?compresion=xz"))
                .hasMessageContaining("'compresion'")
                .hasMessageContaining("compression-level");
    }

    @Test
    void whatThisVersionCannotOpenIsSaid() {
        for (String uri : List.of("gopher://x", "foo://x")) {
            assertThatThrownBy(() -> Stores.open(uri, StoreSettings.DEFAULT))
                    .as(uri)
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
                    .hasMessageContaining("this version of Berth")
                    .hasMessageContaining("file://DIR");
        }
    }

    @Test
    void writersDoNotDisturbEachOther() throws Exception {
        List<Callable<Void>> work = new ArrayList<>();
        CountDownLatch start = new CountDownLatch(1);
        try (Store one = open("?compression=zstd");
                Store two = open("?compression=zstd");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 40; i++) {
                Store store = i % 2 == 0 ? one : two;
                long seed = 100L + i / 4;
                work.add(() -> {
                    start.await();
                    add(store, seed);
                    return null;
                });
            }
            List<Future<Void>> futures = work.stream().map(threads::submit).toList();
            start.countDown();
            for (Future<Void> future : futures) {
                future.get();
            }
        }
        assertThat(Samples.files(cache())).hasSize(21);
        try (Store store = open("")) {
            for (long seed = 100; seed < 110; seed++) {
                StorePath path = Samples.path("p" + seed, seed);
                assertThat(Samples.told(store, path))
                        .isEqualTo(store.pathInfo(path).orElseThrow().narHash());
            }
        }
    }

    @Test
    void whatDeadWritersLeftIsRemovedAndWhatLivingOnesMakeIsNot() throws IOException {
        Path dead = Files.createDirectories(cache().resolve(".berth-tmp/dead"));
        Files.writeString(dead.resolve("lock"), "");
        Files.writeString(dead.resolve("1"), "half a NAR");
        Path unlocked = Files.createDirectories(cache().resolve(".berth-tmp/unlocked"));
        NarSource tree = Samples.tree(5, 100);
        try (Store one = open("");
                Store two = open("")) {
            one.add(Samples.info(Samples.path("one", 5), tree), sink -> {
                add(two, 6);
                assertThat(dead).doesNotExist();
                assertThat(unlocked).doesNotExist();
                tree.sendTo(sink);
            });
        }
        assertThat(Samples.files(cache())).hasSize(5);
    }

    @Test
    void signaturesAddUp() throws Exception {
        SecretKey[] keys = {SecretKey.generate("a"), SecretKey.generate("b"), SecretKey.generate("c")};
        PathInfo info;
        try (Store store = open("")) {
            info = add(store, 1);
        }
        try (Store one = open("");
                Store two = open("");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> futures = new ArrayList<>();
            for (int i = 0; i < keys.length; i++) {
                Store store = i % 2 == 0 ? one : two;
                var signatures = info.signed(one.storeDir(), keys[i]).signatures();
                futures.add(threads.submit(() -> store.addSignatures(info.path(), signatures)));
            }
            for (Future<?> future : futures) {
                future.get();
            }
            assertThat(one.pathInfo(info.path()).orElseThrow().signatures()).hasSize(3);
        }
    }

    @Test
    void aPathComesAfterItsReferences() {
        Store from = Stores.open("file://" + directory.resolve("from") + "?compression=none", StoreSettings.DEFAULT);
        List<StorePath> all = new ArrayList<>();
        long size = 0;
        for (int i = 0; i < 60; i++) {
            StorePath[] references =
                    i == 0 ? new StorePath[0] : new StorePath[] {all.get(i / 2), all.get(i - 1), all.get(i / 3)};
            PathInfo info = add(from, 1000L + i, references);
            all.add(info.path());
            size += info.narSize();
        }
        Set<StorePath> done = ConcurrentHashMap.newKeySet();
        AtomicLong moved = new AtomicLong();
        AtomicLong planned = new AtomicLong();
        try (from;
                Store to = open("?compression=zstd")) {
            ClosureCopy.Result result =
                    ClosureCopy.copy(from, to, List.of(all.getLast()), ClosureCopy.Options.TRUSTED, new CopyProgress() {
                        @Override
                        public void planned(long paths, long narBytes) {
                            planned.addAndGet(narBytes);
                        }

                        @Override
                        public void transferred(long narBytes) {
                            moved.addAndGet(narBytes);
                        }

                        @Override
                        public void started(PathInfo info, String store) {
                            assertThat(done).containsAll(info.references());
                        }

                        @Override
                        public void finished(PathInfo info, String store) {
                            done.add(info.path());
                        }
                    });
            assertThat(result).isEqualTo(new ClosureCopy.Result(60, size));
            assertThat(to.validPaths(all)).hasSize(60);
            assertThat(planned).hasValue(size);
            assertThat(moved).hasValue(size);
            assertThat(ClosureCopy.copy(
                            from, to, List.of(all.getLast()), ClosureCopy.Options.TRUSTED, CopyProgress.NONE))
                    .isEqualTo(new ClosureCopy.Result(0, 0));
        }
    }

    @Test
    void unsignedPathsAreCopiedOnlyFromTrustedStores() {
        try (Store from = Stores.open("file://" + directory.resolve("from"), StoreSettings.DEFAULT);
                Store to = open("")) {
            PathInfo info = add(from, 1);
            SecretKey key = SecretKey.generate("k");
            ClosureCopy.Options verified = ClosureCopy.Options.verified(List.of(key.publicKey()));
            List<StorePath> roots = List.of(info.path());
            assertThatThrownBy(() -> ClosureCopy.copy(from, to, roots, verified, CopyProgress.NONE))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNTRUSTED))
                    .hasMessageContaining("is not signed");
            assertThat(Samples.files(cache())).isEmpty();
            from.addSignatures(info.path(), info.signed(from.storeDir(), key).signatures());
            assertThat(ClosureCopy.copy(from, to, roots, verified, CopyProgress.NONE)
                            .copied())
                    .isOne();
        }
    }

    @Test
    void aMissingPathStopsEverythingBeforeItBegins() {
        try (Store from = Stores.open("file://" + directory.resolve("from"), StoreSettings.DEFAULT);
                Store to = open("")) {
            PathInfo info = add(from, 1);
            StorePath missing = Samples.path("missing", 77);
            assertThatThrownBy(() -> ClosureCopy.copy(
                            from, to, List.of(info.path(), missing), ClosureCopy.Options.TRUSTED, CopyProgress.NONE))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.ABSENT))
                    .hasMessageContaining(missing.baseName())
                    .hasMessageContaining(from.uri());
            assertThat(Samples.files(cache())).isEmpty();
        }
    }

    @Test
    void anInterruptStopsACopyAndLeavesNothingHalfDone() throws InterruptedException {
        try (Store from = Stores.open("file://" + directory.resolve("from"), StoreSettings.DEFAULT);
                Store to = open("?compression=none")) {
            List<StorePath> roots = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                roots.add(add(from, i).path());
            }
            CountDownLatch began = new CountDownLatch(1);
            List<String> said = new ArrayList<>();
            Thread thread = Thread.ofPlatform().start(() -> {
                try {
                    ClosureCopy.copy(
                            from, to, roots, ClosureCopy.Options.TRUSTED.withParallelism(2), new CopyProgress() {
                                @Override
                                public void started(PathInfo info, String store) {
                                    began.countDown();
                                    try {
                                        new CountDownLatch(1).await();
                                    } catch (InterruptedException e) {
                                        throw new IllegalStateException(e);
                                    }
                                }
                            });
                } catch (StoreException e) {
                    said.add(e.getMessage() + Thread.currentThread().isInterrupted());
                }
            });
            began.await();
            thread.interrupt();
            thread.join();
            assertThat(said).hasSize(1).allMatch(text -> text.endsWith("was interrupted; run it againtrue"));
            assertThat(to.validPaths(roots)).isEmpty();
        }
        assertThat(Samples.files(cache())).isEmpty();
    }

    @Test
    void aFullDiskOrReadOnlyDirectoryIsNamed() throws IOException {
        Files.writeString(cache(), "a file");
        try (Store store = open("")) {
            assertThatThrownBy(() -> add(store, 1))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining(cache().toString());
        }
    }
}
