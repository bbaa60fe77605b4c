package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.garbage.GarbageConfig;
import dev.berth.node.garbage.GarbageListener;
import dev.berth.node.garbage.GarbageLoop;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.store.usage.CollectionReport;
import dev.berth.store.usage.UsageDatabase;
import dev.berth.store.usage.UsageLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
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

    /**
     * Both came into the store hours ago, the one that is used since before the other: were its use forgotten, it would go
     * first.
     */
    @Test
    void recentUsesStay() throws Exception {
        SignedCache cache = SignedCache.in(dir, "test-1");
        String used = cache.closure("used");
        String unused = cache.closure("unused");
        GarbageConfig never = ALWAYS.withInterval(Duration.ofHours(10)).withLook(Duration.ofHours(10));
        try (TestNode node = node(cache, never)) {
            for (String path : List.of(used, unused)) {
                node.publish("web", true, path);
                node.unpublish("web");
            }
        }
        Path state = dir.resolve("node/root/nix/var");
        assertThat(state.resolve("nix/berth/usage.sqlite")).as("the uses").exists();
        change(state.resolve("nix/db/db.sqlite"), "update ValidPaths set registrationTime = registrationTime - 7200");
        change(
                state.resolve("nix/db/db.sqlite"),
                "update ValidPaths set registrationTime = registrationTime - 7200 where path like '%-used%'");
        change(state.resolve("nix/berth/usage.sqlite"), "update berth_uses set used = used - 14400000");
        try (TestNode node = node(cache, never)) {
            node.publish("web", true, used);
            node.unpublish("web");
        }
        // Not so recent that nothing would go, whatever the rule.
        change(state.resolve("nix/berth/usage.sqlite"), "update berth_uses set used = used - 1800000");
        try (TestNode node = node(cache, ALWAYS.withKeep(Duration.ofHours(1)))) {
            assertThat(soon(() -> !Files.exists(inStore(node, unused)))).isTrue();
            for (String path :
                    cache.nix().output("nix-store", "-qR", used).lines().toList()) {
                assertThat(inStore(node, path)).exists();
            }
        }
    }

    @Test
    void aDefectInOneRoundIsNotTheEndOfAll() throws Exception {
        List<Duration> failures = new CopyOnWriteArrayList<>();
        AtomicInteger rounds = new AtomicInteger();
        GarbageListener listener = new GarbageListener() {
            @Override
            public void collected(CollectionReport report, Duration took) {
                throw new IllegalStateException("a defect of the test");
            }

            @Override
            public void failed(Duration took) {
                failures.add(took);
            }
        };
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(dir.resolve("root")));
                UsageDatabase uses = UsageDatabase.beside(store.config());
                UsageLog log = new UsageLog(uses);
                GarbageLoop _ = GarbageLoop.start(
                        ALWAYS,
                        store,
                        uses,
                        log,
                        () -> {
                            if (rounds.incrementAndGet() == 1) {
                                throw new IllegalStateException("a defect of the test");
                            }
                        },
                        listener)) {
            assertThat(soon(() -> rounds.get() > 2 && failures.size() > 1)).isTrue();
        }
    }

    private static void change(Path database, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).as(sql).isPositive();
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
