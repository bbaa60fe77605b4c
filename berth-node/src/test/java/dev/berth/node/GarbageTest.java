package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.garbage.GarbageConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GarbageTest {
    private static final GarbageConfig ALWAYS = GarbageConfig.DEFAULT
            .withKeep(Duration.ZERO)
            .withInterval(Duration.ofMillis(20))
            .withLook(Duration.ofMillis(10));

    @TempDir
    private Path dir;

    @AfterEach
    void unmount() throws IOException {
        TestNode.unmountBelow(dir.toRealPath());
    }

    private TestNode node(SignedCache cache, GarbageConfig garbage) throws IOException {
        return TestNode.start(
                Files.createDirectories(dir.resolve("node")),
                config -> cache.substitutes(config).withGarbage(garbage));
    }

    private static Path inStore(TestNode node, String path) {
        return node.root().resolve(path.substring(1));
    }

    private static boolean soon(BooleanSupplier what) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!what.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(10);
        }
        return true;
    }

    @Test
    void whatNoVolumeNeedsGoesAndWhatOneShowsStays() throws Exception {
        SignedCache cache = SignedCache.in(dir, "test-1");
        String kept = cache.closure("kept");
        String gone = cache.closure("gone");
        try (TestNode node = node(cache, ALWAYS)) {
            Path target = node.publish("kept", true, kept);
            node.publish("gone", true, gone);
            node.unpublish("gone");
            assertThat(soon(() -> !Files.exists(inStore(node, gone)))).isTrue();
            assertThat(target.resolve(kept.substring(1)).resolve("bin/run")).isExecutable();
            // It comes back, and nothing of what it was is in the way.
            assertThat(node.publish("gone", true, gone).resolve("bin/run")).isExecutable();
        }
        cache.nix().verifies("local?root=" + dir.resolve("node/root"));
    }

    @Test
    void recentUsesStay() throws Exception {
        SignedCache cache = SignedCache.in(dir, "test-1");
        String app = cache.closure("app");
        String other = cache.closure("other");
        try (TestNode node = node(cache, ALWAYS.withKeep(Duration.ofHours(1)))) {
            node.publish("app", true, app);
            node.unpublish("app");
            // A collection that ends after this has seen the path without a root.
            node.publish("other", true, other);
            Thread.sleep(200);
            assertThat(inStore(node, app)).exists();
        }
    }

    @Test
    void aVolumeWhosePodWentWithItsDirectoriesIsForgotten() throws Exception {
        SignedCache cache = SignedCache.in(dir, "test-1");
        String app = cache.closure("app");
        String other = cache.closure("other");
        try (TestNode node = node(cache, ALWAYS)) {
            Path target = node.publish("web", false, app);
            Path unmounted = node.publish("other", true, other);
            TestNode.unmountBelow(dir.toRealPath().resolve("node/pods"));
            Files.delete(target);
            assertThat(soon(() -> node.agent().volumes().size() == 1)).isTrue();
            assertThat(soon(() -> !Files.exists(inStore(node, app)))).isTrue();
            // Its directory is there: kubelet will ask for it to be unpublished, or mounted again.
            assertThat(node.agent().volumes().getFirst().target()).isEqualTo(unmounted);
            assertThat(inStore(node, other)).exists();
            node.unpublish("other");
            assertThat(soon(() -> !Files.exists(inStore(node, other)))).isTrue();
            node.awaitSweep();
            node.assertNothingLeft();
        }
    }
}
