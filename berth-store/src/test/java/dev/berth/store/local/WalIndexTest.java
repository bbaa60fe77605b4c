package dev.berth.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.SecretKey;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
import dev.berth.store.Trees;
import dev.berth.testing.RealNix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commits are told by what SQLite's connections share, of this process and of others. */
class WalIndexTest {
    @TempDir
    private Path directory;

    private static PathInfo add(LocalStore store, long seed) {
        NarSource tree = Trees.tree(seed);
        PathInfo info = Trees.info(store.storeDir(), "indexed", tree, List.of());
        store.add(info, tree);
        return info;
    }

    private static Database database(LocalStore store) {
        return new Database(store.config().database().resolve("db.sqlite"), false, Duration.ofMinutes(1));
    }

    @Test
    void everyCommitIsTold() {
        RealNix nix = new RealNix(directory);
        try (LocalStore adding = LocalStore.open(LocalStoreConfig.root(nix.root()))) {
            add(adding, 1);
        }
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(nix.root()));
                Database database = database(store)) {
            PathInfo info = Trees.info(store.storeDir(), "indexed", Trees.tree(1), List.of());
            WalIndex index = database.walIndex().orElseThrow();
            long[] first = index.state();
            assertThat(store.pathInfo(info.path())).isPresent();
            assertThat(index.isStill(first)).isTrue();

            store.addSignatures(
                    info.path(),
                    info.signed(store.storeDir(), SecretKey.generate("test")).signatures());
            assertThat(index.isStill(first)).isFalse();

            long[] second = index.state();
            assertThat(index.isStill(second)).isTrue();
            nix.output("nix-store", "--query", "--hash", store.storeDir().print(info.path()));
            assertThat(index.isStill(second)).isTrue();
            nix.output("nix-store", "--gc");
            assertThat(index.isStill(second)).isFalse();
            assertThat(store.pathInfo(info.path())).isEmpty();
        }
    }

    /** The log begins anew then, and with it all that the index says of it. */
    @Test
    void aCheckpointHidesNoCommit() {
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(directory));
                Database database = database(store)) {
            WalIndex index = database.walIndex().orElseThrow();
            PathInfo info = add(store, 2);
            for (int i = 0; i < 5; i++) {
                assertThat(database.<Long>read(
                                session -> session.first("pragma wal_checkpoint(truncate)", row -> row.getLong(1))
                                        .orElseThrow()))
                        .isZero();
                long[] before = index.state();
                SecretKey key = SecretKey.generate("test-" + i);
                store.addSignatures(
                        info.path(), info.signed(store.storeDir(), key).signatures());
                assertThat(index.isStill(before)).isFalse();
                assertThat(store.pathInfo(info.path()).orElseThrow().signatures())
                        .hasSize(i + 1);
            }
        }
    }

    @Test
    void whatIsKeptOfAClosedStoreIsNotTold() {
        LocalStore store = LocalStore.open(LocalStoreConfig.root(directory));
        PathInfo info = add(store, 3);
        for (int i = 0; i < 4; i++) {
            assertThat(store.pathInfo(info.path())).isPresent();
        }
        store.close();
        assertThatThrownBy(() -> store.pathInfo(info.path())).isInstanceOf(StoreException.class);
    }

    @Test
    void aDatabaseWithoutSharedMemoryHasNone() throws Exception {
        Path file = directory.resolve("db.sqlite");
        assertThat(WalIndex.of(file)).isEmpty();
        Files.write(directory.resolve("db.sqlite-shm"), new byte[32 * 1024]);
        assertThat(WalIndex.of(file)).isEmpty();
    }
}
