package dev.berth.store.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.Trees;
import dev.berth.testing.RealNix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of paths is never older than what others committed. */
class KnownPathsTest {
    private static final int READERS = 6;
    private static final int SIGNATURES = 60;

    @TempDir
    private Path directory;

    private static PathInfo add(LocalStore store, long seed) {
        NarSource tree = Trees.tree(seed);
        PathInfo info = Trees.info(store.storeDir(), "known", tree, List.of());
        store.add(info, tree);
        return info;
    }

    @Test
    void whatOthersChangeIsSeenAtOnce() {
        RealNix nix = new RealNix(directory);
        try (LocalStore mine = LocalStore.open(LocalStoreConfig.root(nix.root()));
                LocalStore other = LocalStore.open(LocalStoreConfig.root(nix.root()))) {
            PathInfo info = add(other, 1);
            // From the second time on SQLite is not asked whether there is something new.
            for (int i = 0; i < 4; i++) {
                assertThat(mine.pathInfo(info.path())).isPresent();
            }
            SecretKey key = SecretKey.generate("test");
            other.addSignatures(info.path(), info.signed(StoreDir.DEFAULT, key).signatures());
            assertThat(mine.pathInfo(info.path()).orElseThrow().signatures()).hasSize(1);
        }
        try (LocalStore mine = LocalStore.open(LocalStoreConfig.root(nix.root()))) {
            PathInfo info = Trees.info(mine.storeDir(), "known", Trees.tree(1), List.of());
            assertThat(mine.pathInfo(info.path())).isPresent();
            nix.output("nix-store", "--gc");
            assertThat(mine.pathInfo(info.path())).isEmpty();
            add(mine, 1);
            assertThat(mine.pathInfo(info.path())).isPresent();
        }
    }

    /** Who begins to ask behind a commit sees it, whatever others read and keep meanwhile. */
    @Test
    void manyReadersSeeEveryCommit() throws Exception {
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(directory));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            PathInfo info = add(store, 2);
            AtomicInteger committed = new AtomicInteger();
            Callable<Integer> reader = () -> {
                int asked = 0;
                for (int before = 0; before < SIGNATURES; asked++) {
                    before = committed.get();
                    assertThat(store.pathInfo(info.path()).orElseThrow().signatures())
                            .hasSizeGreaterThanOrEqualTo(before);
                }
                return asked;
            };
            List<Future<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                readers.add(threads.submit(reader));
            }
            for (int i = 0; i < SIGNATURES; i++) {
                SecretKey key = SecretKey.generate("test-" + i);
                store.addSignatures(
                        info.path(), info.signed(StoreDir.DEFAULT, key).signatures());
                committed.incrementAndGet();
            }
            for (Future<Integer> each : readers) {
                assertThat(each.get()).isPositive();
            }
        }
    }

    @Test
    void fewAreKept() {
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(directory));
                Database database =
                        new Database(store.config().database().resolve("db.sqlite"), false, Duration.ofMinutes(1))) {
            KnownPaths known = new KnownPaths(database, new PathTable(store.storeDir()), 3);
            List<PathInfo> infos = new ArrayList<>();
            for (long seed = 10; seed < 20; seed++) {
                infos.add(add(store, seed));
            }
            for (int round = 0; round < 2; round++) {
                for (PathInfo info : infos) {
                    assertThat(known.info(info.path()).orElseThrow().narHash()).isEqualTo(info.narHash());
                }
            }
        }
    }
}
