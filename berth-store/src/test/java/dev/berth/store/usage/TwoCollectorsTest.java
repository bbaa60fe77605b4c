package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.Trees;
import dev.berth.store.cache.BinaryCache;
import dev.berth.testing.S3Server;
import dev.berth.testing.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two gateways' worth of writers, readers and collectors at once over one bucket and one PostgreSQL database. */
class TwoCollectorsTest {
    private static final CollectionPolicy SMALL =
            CollectionPolicy.NONE.maxSize(200_000).grace(Duration.ofSeconds(4));

    /** In which others tell of their readers; they do so every tenth of a second, on a machine that may be busy. */
    private static final Duration SETTLING = Duration.ofSeconds(2);

    /** How many paths the closures share. */
    private static final int PARTS = 40;

    private static final long SECONDS = Long.getLong("berth.soak", 8);
    private static final long MORE_SECONDS = 60;

    @TempDir
    private Path directory;

    private final Queue<String> broken = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedDeque<StorePath> recent = new ConcurrentLinkedDeque<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong closuresRead = new AtomicLong();
    private final AtomicLong deleted = new AtomicLong();

    /** What one gateway has of its own. */
    private record Gateway(BinaryCache cache, UsageDatabase database, UsageLog log) implements AutoCloseable {
        static Gateway open(String bucket, String url) {
            BinaryCache cache = (BinaryCache) Stores.open(
                    bucket + "&compression=zstd",
                    StoreSettings.DEFAULT.withLifetimes(Duration.ofSeconds(20), Duration.ofMillis(100)));
            UsageDatabase database = UsageDatabase.open(url);
            UsageLog.Settings often = new UsageLog.Settings(Duration.ofMillis(100), Duration.ofMillis(100), 100_000);
            return new Gateway(cache, database, UsageLog.ofCache(database, often, cache::forget));
        }

        /** What is there, as a front tells it to a client who relies on it. */
        Set<StorePath> present(Collection<StorePath> paths) {
            while (true) {
                Set<StorePath> valid = cache.validPaths(paths);
                if (log.hold(valid)) {
                    return valid;
                }
            }
        }

        /** As a front does it for a client that uploads. */
        void add(PathInfo info, NarSource nar) {
            List<StorePath> relied = new ArrayList<>(info.references());
            relied.add(info.path());
            boolean settled = false;
            while (!settled) {
                settled = log.hold(relied);
            }
            cache.add(info, nar);
        }

        UsageCollector collector() {
            return UsageCollector.of(cache, database, Optional.of(log), SETTLING);
        }

        @Override
        public void close() {
            log.close();
            database.close();
            cache.close();
        }
    }

    @Test
    void twoCollectorsBreakNoClosureOfAnybody() throws Exception {
        try (S3Server server = new S3Server(Files.createDirectory(directory.resolve("s3")));
                Postgres postgres = new Postgres(Files.createDirectory(directory.resolve("postgres")));
                Gateway one = Gateway.open(server.uri(), postgres.url());
                Gateway two = Gateway.open(server.uri(), postgres.url())) {
            StorePath pinned = write(one, new Random(1), -1);
            new Pins(one.cache(), one.database()).pin("held", pinned);
            List<Thread> threads = new ArrayList<>();
            int number = 0;
            for (Gateway gateway : List.of(one, two)) {
                Random random = new Random(Seed.first() + number++);
                threads.add(run("writer", () -> recent.addFirst(write(gateway, random, random.nextInt(1000)))));
                Random other = new Random(Seed.first() + 100 + number);
                threads.add(run("reader", () -> read(gateway, other)));
                threads.add(run("collector", () -> collect(gateway)));
            }
            long start = System.nanoTime();
            while (!isEnough(Duration.ofNanos(System.nanoTime() - start).toSeconds())) {
                Thread.sleep(100);
            }
            stop.set(true);
            // One that is cut off is no harm; the other waits for its turn.
            threads.stream()
                    .filter(thread -> thread.getName().equals("collector"))
                    .forEach(Thread::interrupt);
            for (Thread thread : threads) {
                assertThat(thread.join(Duration.ofMinutes(2)))
                        .as("%s ends", thread.getName())
                        .isTrue();
            }
            System.out.println(closuresRead + " closures read, " + deleted + " paths deleted");
            assertThat(broken).isEmpty();
            assertThat(deleted.get()).isPositive();
            assertThat(closuresRead.get()).isPositive();
            verify(one, pinned);
        }
    }

    /** Longer on a machine so busy that nothing came of it yet. */
    private boolean isEnough(long seconds) {
        return !broken.isEmpty()
                || (seconds >= SECONDS && deleted.get() > 0 && closuresRead.get() > 0)
                || seconds >= SECONDS + MORE_SECONDS;
    }

    /** Every path that is there has all that it refers to, and is what its hash says. */
    private static void verify(Gateway gateway, StorePath pinned) throws Exception {
        List<StorePath> all;
        try (var paths = gateway.cache().allPaths().orElseThrow()) {
            all = paths.toList();
        }
        assertThat(all).contains(pinned);
        for (StorePath path : all) {
            PathInfo info = gateway.cache().pathInfo(path).orElseThrow();
            assertThat(all).containsAll(info.references());
            check(gateway, info);
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    private Thread run(String name, Step step) {
        return Thread.ofPlatform().name(name).start(() -> {
            while (!stop.get() && broken.isEmpty()) {
                try {
                    step.run();
                } catch (Exception e) {
                    broken.add(name + ": " + e);
                }
            }
        });
    }

    private void collect(Gateway gateway) {
        try {
            deleted.addAndGet(gateway.collector().collect(SMALL).paths().size());
        } catch (StoreException e) {
            boolean another = e.getMessage().contains("another collection");
            if (!stop.get() && (e.kind() != StoreException.Kind.UNAVAILABLE || !another)) {
                throw e;
            }
        }
    }

    /** As a push: what is there is left out, and in the end all of it is there. */
    private static StorePath write(Gateway gateway, Random random, int number) throws Exception {
        Map<StorePath, NarSource> parts = new LinkedHashMap<>();
        List<PathInfo> infos = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            NarSource tree = Trees.tree(random.nextInt(PARTS));
            PathInfo part = Trees.info(StoreDir.DEFAULT, "part", tree, List.of());
            if (parts.put(part.path(), tree) == null) {
                infos.add(part);
            }
        }
        NarSource tree = Trees.file("top " + number);
        PathInfo top = Trees.info(StoreDir.DEFAULT, "top", tree, parts.keySet());
        infos.add(top);
        parts.put(top.path(), tree);
        Set<StorePath> present = gateway.present(parts.keySet());
        Thread.sleep(random.nextInt(50));
        for (PathInfo info : infos) {
            if (!present.contains(info.path())) {
                gateway.add(info, Objects.requireNonNull(parts.get(info.path())));
            }
        }
        Set<StorePath> missing = new HashSet<>(parts.keySet());
        missing.removeAll(gateway.present(parts.keySet()));
        if (!missing.isEmpty()) {
            throw new IllegalStateException(
                    missing + " is not there behind a push, of which " + present + " was left out");
        }
        return top.path();
    }

    /** As a client that asks for a path and then, one after another, for what it refers to. */
    private void read(Gateway gateway, Random random) throws Exception {
        List<StorePath> known = recent.stream().limit(100).toList();
        if (known.isEmpty()) {
            Thread.sleep(10);
            return;
        }
        StorePath top = known.get(random.nextInt(known.size()));
        if (gateway.present(List.of(top)).isEmpty()) {
            return; // it went
        }
        PathInfo info = gateway.cache().pathInfo(top).orElseThrow();
        for (StorePath reference : info.references()) {
            PathInfo part = gateway.cache()
                    .pathInfo(reference)
                    .orElseThrow(() -> new IllegalStateException(top + " is there, and " + reference + " is not"));
            check(gateway, part);
        }
        check(gateway, info);
        closuresRead.incrementAndGet();
    }

    private static void check(Gateway gateway, PathInfo info) {
        NarHasher hasher = new NarHasher();
        gateway.cache().nar(info.path(), hasher);
        if (!hasher.hash().equals(info.narHash())) {
            throw new IllegalStateException(info.path() + " has other content");
        }
    }
}
