package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreSettings;
import dev.berth.store.SubstituterListener;
import dev.berth.store.usage.CollectionPolicy;
import dev.berth.store.usage.UsageDatabase;
import dev.berth.store.usage.UsageLog;
import dev.berth.testing.RealNix;
import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreUsageTest {
    private static final long DEADLINE_SECONDS = 60;

    @TempDir
    private Path directory;

    private static PathInfo add(StoreOperations session, String name, List<StorePath> references) throws IOException {
        NarSource tree = Things.tree(Things.random(name.hashCode(), 1000));
        PathInfo info = Things.info(name, tree, references);
        session.addToStoreNar(info, false, true, tree);
        return info;
    }

    private ServedStore open(String uri) {
        return ServedStore.recording(
                uri, ServiceSettings.DEFAULT, StoreSettings.DEFAULT, SubstituterListener.NONE, Optional.empty());
    }

    private Set<StorePath> used(Path database) {
        try (UsageDatabase uses = UsageDatabase.sqlite(database)) {
            return uses.uses().of().keySet();
        }
    }

    @Test
    void recordsWhatSessionsAddReadAndAreTold() throws IOException {
        Path file = directory.resolve("root/nix/var/nix/berth/usage.sqlite");
        String uri = "local?root=" + directory.resolve("root");
        StorePath added;
        StorePath read;
        StorePath told;
        StorePath absent =
                Things.info("absent", Things.tree(new byte[1]), List.of()).path();
        try (ServedStore served = open(uri);
                StoreOperations session = served.service().open(true, LogSink.none())) {
            added = add(session, "added", List.of()).path();
            read = add(session, "read", List.of()).path();
            told = add(session, "told", List.of()).path();
        }
        assertThat(used(file)).containsExactlyInAnyOrder(added, read, told);
        try (UsageDatabase uses = UsageDatabase.sqlite(file)) {
            uses.forget(Set.of(added, read, told), java.time.Instant.now().plusSeconds(60));
        }
        try (ServedStore served = open(uri);
                StoreOperations session = served.service().open(false, LogSink.none())) {
            session.narFromPath(read, new NarHasher());
            assertThat(session.queryValidPaths(List.of(told, absent), false)).containsExactly(told);
            assertThat(session.isValidPath(absent)).isFalse();
            assertThat(session.queryAllValidPaths()).hasSize(3);
        }
        assertThat(used(file)).containsExactlyInAnyOrder(read, told);
    }

    @Test
    void recordsBesideACacheToo() throws IOException {
        StorePath path;
        try (ServedStore served = open("file://" + directory.resolve("cache"));
                StoreOperations session = served.service().open(true, LogSink.none())) {
            path = add(session, "added", List.of()).path();
            assertThat(served.content().find(path.hashPart())).isPresent();
        }
        assertThat(used(directory.resolve("cache/.berth/usage.sqlite"))).containsExactly(path);
    }

    @Test
    void collectsOnASchedule() throws Exception {
        RealNix nix = new RealNix(directory);
        BlockingQueue<Long> collected = new LinkedBlockingQueue<>();
        CollectionSchedule.Listener listener = new CollectionSchedule.Listener() {
            @Override
            public void collected(long paths, long bytes, Duration time) {
                collected.add(paths);
            }

            @Override
            public void collectionFailed() {
                collected.add(-1L);
            }
        };
        try (ServedStore served = open(nix.uri())) {
            PathInfo lower;
            PathInfo upper;
            try (StoreOperations session = served.service().open(true, LogSink.none())) {
                lower = add(session, "lower", List.of());
                upper = add(session, "upper", List.of(lower.path()));
            }
            CacheContent content = served.content();
            long before = content.deletions();
            CollectionPolicy policy =
                    CollectionPolicy.NONE.maxSize(lower.narSize()).grace(Duration.ZERO);
            try (CollectionSchedule _ = CollectionSchedule.start(
                    served.usage().orElseThrow(),
                    new CollectionSchedule.Settings(Duration.ofMillis(200), policy, false),
                    listener)) {
                assertThat(collected.poll(DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo(1);
                assertThat(collected.poll(DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo(0);
            }
            assertThat(content.deletions()).isGreaterThan(before);
            assertThat(content.validPaths(List.of(lower.path(), upper.path()))).containsExactly(lower.path());
            content.close();
        }
        nix.verifies(nix.uri());
    }

    @Test
    void oneOfManyHasTheTurn() {
        try (StoreUsage one = usage();
                StoreUsage other = usage()) {
            assertThat(one.takeTurn(Duration.ofHours(1))).isTrue();
            assertThat(other.takeTurn(Duration.ofHours(1))).isFalse();
        }
    }

    @Test
    void whoHasTheTurnCanCollectACache() throws IOException {
        try (ServedStore served = open("file://" + directory.resolve("cache"));
                StoreOperations session = served.service().open(true, LogSink.none())) {
            add(session, "added", List.of());
            StoreUsage usage = served.usage().orElseThrow();
            assertThat(usage.takeTurn(Duration.ofHours(1))).isTrue();
            assertThat(usage.collect(CollectionPolicy.NONE.maxSize(1 << 20), false)
                            .paths())
                    .isEmpty();
        }
    }

    private StoreUsage usage() {
        UsageDatabase database = UsageDatabase.sqlite(directory.resolve("u"));
        return new StoreUsage(database, new UsageLog(database), (_, _, _, _) -> {
            throw new AssertionError("nobody asked for it");
        });
    }
}
