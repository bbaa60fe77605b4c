package dev.berth.store.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
import dev.berth.store.Trees;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Long work ends soon when nobody waits for it any more, and leaves the store good. */
class InterruptionTest {
    @TempDir
    private Path directory;

    @Test
    void longWorkEndsWhenItsThreadIsInterrupted() {
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(directory))) {
            NarSource tree = Trees.tree(1);
            PathInfo info = Trees.info(store.storeDir(), "kept", tree, List.of());
            store.add(info, tree);
            for (Runnable work : List.<Runnable>of(
                    () -> store.verify(false),
                    () -> store.collectGarbage(GcOptions.dead()),
                    () -> store.upkeep().optimise((done, all) -> {}))) {
                Thread.currentThread().interrupt();
                assertThatThrownBy(work::run)
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("interrupted while");
                assertThat(Thread.interrupted()).isTrue();
            }
            assertThat(store.pathInfo(info.path())).isPresent();
            assertThat(store.verify(true).problems()).isEmpty();
            assertThat(store.collectGarbage(GcOptions.dead()).paths()).isEmpty();
        }
    }
}
