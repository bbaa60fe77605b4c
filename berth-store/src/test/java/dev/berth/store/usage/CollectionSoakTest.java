package dev.berth.store.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
import dev.berth.store.Trees;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.testing.RealNix;
import dev.berth.testing.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writers, readers and collections together under a small size target. The system property {@code berth.soak} is its length
 * in seconds; a run of 300 stands for the day of a cluster.
 */
class CollectionSoakTest {
    private static final int WRITERS = 2;
    private static final int READERS = 3;
    private static final long TARGET = 4 << 20;
    private static final long MORE_SECONDS = 60;

    @TempDir
    private Path directory;

    private final Queue<String> broken = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedDeque<StorePath> recent = new ConcurrentLinkedDeque<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong closuresRead = new AtomicLong();
    private final AtomicLong gone = new AtomicLong();
    private final AtomicLong deleted = new AtomicLong();
    private final AtomicLong missed = new AtomicLong();

    @Test
    void noReaderGetsABrokenClosureAndTheTargetHolds() throws Exception {
        long seconds = Long.getLong("berth.soak", 8);
        RealNix nix = new RealNix(directory);
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(nix.root()));
                UsageDatabase database = UsageDatabase.beside(store.config());
                UsageLog log = new UsageLog(
                        database, new UsageLog.Settings(Duration.ofMillis(100), Duration.ofMillis(200), 100_000))) {
            StorePath pinned = write(store, new Random(1), -1);
            new Pins(store, database).pin("held", pinned);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                Random random = new Random(Seed.first() + i);
                threads.add(run("writer", () -> recent.addFirst(write(store, random, random.nextInt(1000)))));
            }
            for (int i = 0; i < READERS; i++) {
                Random random = new Random(Seed.first() + 100 + i);
                threads.add(run("reader", () -> read(store, log, random)));
            }
            threads.add(run("collector", () -> collect(store, database, log)));
            Instant start = Instant.now();
            // Longer on a machine so busy that nothing came of it yet.
            while (Instant.now().isBefore(start.plusSeconds(seconds))
                    || ((deleted.get() == 0 || closuresRead.get() == 0)
                            && Instant.now().isBefore(start.plusSeconds(seconds + MORE_SECONDS)))) {
                Thread.sleep(100);
            }
            stop.set(true);
            for (Thread thread : threads) {
                assertThat(thread.join(Duration.ofMinutes(2)))
                        .as("%s ends", thread.getName())
                        .isTrue();
            }
            assertThat(broken).isEmpty();
            assertThat(store.validPaths(List.of(pinned))).containsExactly(pinned);
            CollectionReport last = collector(store, database, log).collect(policy(Duration.ZERO));
            assertThat(last.after()).isLessThanOrEqualTo(TARGET);
            assertThat(last.unmet()).isEmpty();
        }
        System.out.println(
                "soak of " + seconds + " s: " + written + " paths written, " + closuresRead + " closures read, " + gone
                        + " asked for and gone, " + deleted + " deleted, target missed " + missed + " times");
        assertThat(deleted.get()).isPositive();
        assertThat(closuresRead.get()).isPositive();
        nix.verifies(nix.uri());
    }

    private interface Step {
        void run() throws Exception;
    }

    private Thread run(String name, Step step) {
        return Thread.ofPlatform().name(name).start(() -> {
            while (!stop.get()) {
                try {
                    step.run();
                } catch (Exception e) {
                    broken.add(name + ": " + e);
                    return;
                }
            }
        });
    }

    private static CollectionPolicy policy(Duration grace) {
        return CollectionPolicy.NONE.maxSize(TARGET).grace(grace);
    }

    private static UsageCollector collector(LocalStore store, UsageDatabase database, UsageLog log) {
        return UsageCollector.of(store, database, Optional.of(log));
    }

    private void collect(LocalStore store, UsageDatabase database, UsageLog log) throws InterruptedException {
        CollectionReport report = collector(store, database, log).collect(policy(Duration.ofSeconds(1)));
        deleted.addAndGet(report.paths().size());
        if (report.unmet().isPresent()) {
            missed.incrementAndGet(); // what was used within the last second is more than the target
        }
        Thread.sleep(50);
    }

    /** A small closure, some of whose parts other closures have, too. */
    private StorePath write(LocalStore store, Random random, int number) throws Exception {
        try (LocalStore session = store.session()) {
            List<StorePath> references = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                NarSource tree = Trees.tree(random.nextInt(200));
                PathInfo part = Trees.info(store.storeDir(), "part", tree, List.of());
                session.add(part, tree);
                references.add(part.path());
            }
            NarSource tree = Trees.file("top " + number);
            PathInfo top = Trees.info(store.storeDir(), "top", tree, references);
            session.add(top, tree);
            written.addAndGet(4);
            Thread.sleep(5);
            return top.path();
        }
    }

    /** As a client that asks for a path and then, one after another, for what it refers to. */
    private void read(LocalStore store, UsageLog log, Random random) throws IOException, InterruptedException {
        List<StorePath> known = recent.stream().limit(500).toList();
        if (known.isEmpty()) {
            Thread.sleep(10);
            return;
        }
        StorePath top = known.get(random.nextInt(known.size()));
        try (LocalStore session = store.session()) {
            session.addTempRoots(List.of(top)); // as every front does before it answers
            Optional<PathInfo> info = session.pathInfo(top);
            if (info.isEmpty()) {
                gone.incrementAndGet();
                return;
            }
            log.used(List.of(top));
            for (StorePath reference : info.get().references()) {
                Thread.sleep(random.nextInt(5));
                PathInfo part = session.pathInfo(reference)
                        .orElseThrow(() -> new IllegalStateException(top + " is there, and " + reference + " is not"));
                check(session, part);
            }
            check(session, info.get());
            closuresRead.incrementAndGet();
        } catch (StoreException e) {
            broken.add("reader: " + e.getMessage());
        }
    }

    private static void check(LocalStore store, PathInfo info) {
        NarHasher hasher = new NarHasher();
        store.nar(info.path(), hasher);
        if (!hasher.hash().equals(info.narHash())) {
            throw new IllegalStateException(info.path() + " has other content");
        }
    }
}
