package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreSettings;
import dev.berth.store.SubstituterListener;
import dev.berth.store.usage.CollectionPolicy;
import dev.berth.testing.RealNix;
import dev.berth.testing.Seed;
import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that leave out of what they upload what a local store has already, while another gateway's collection deletes all
 * that nothing holds: in the end all of it is there.
 */
class UploadsAndCollectionsTest {
    private static final long SECONDS = Long.getLong("berth.soak", 5);
    private static final long MORE_SECONDS = 60;
    private static final int PARTS = 300;
    private static final CollectionPolicy ALL = CollectionPolicy.NONE.maxSize(0).grace(Duration.ZERO);

    @TempDir
    private Path directory;

    private final Queue<String> broken = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong pushes = new AtomicLong();
    private final AtomicLong leftOut = new AtomicLong();
    private final AtomicLong deleted = new AtomicLong();

    private static ServedStore open(String uri) {
        return ServedStore.recording(
                uri, ServiceSettings.DEFAULT, StoreSettings.DEFAULT, SubstituterListener.NONE, Optional.empty());
    }

    /** How a front is asked for what is there. */
    private interface Asking {
        Set<StorePath> present(StoreOperations session, Set<StorePath> paths);
    }

    @Test
    void whatWasLeftOutIsThere() throws Exception {
        RealNix nix = new RealNix(directory);
        try (ServedStore serving = open(nix.uri());
                ServedStore collecting = open(nix.uri());
                CacheContent content = serving.content()) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(Seed.first() + i);
                // As Nix asks a daemon, and as it asks a cache.
                Asking asking = i % 2 == 0
                        ? (session, paths) -> session.queryValidPaths(paths, false)
                        : (_, paths) -> byNarInfo(content, paths);
                threads.add(run(() -> push(serving, asking, random)));
            }
            threads.add(run(() -> deleted.addAndGet(
                    collecting.usage().orElseThrow().collect(ALL, false).paths().size())));
            long start = System.nanoTime();
            while (!isEnough(Duration.ofNanos(System.nanoTime() - start).toSeconds())) {
                Thread.sleep(50);
            }
            stop.set(true);
            for (Thread thread : threads) {
                assertThat(thread.join(Duration.ofMinutes(2))).as("it ends").isTrue();
            }
        }
        System.out.println(pushes + " pushes left out " + leftOut + " paths, " + deleted + " were deleted");
        assertThat(broken).isEmpty();
        assertThat(leftOut.get()).isPositive();
        assertThat(deleted.get()).isPositive();
        nix.verifies(nix.uri());
    }

    private boolean isEnough(long seconds) {
        return !broken.isEmpty()
                || (seconds >= SECONDS && leftOut.get() > 0 && deleted.get() > 0)
                || seconds >= SECONDS + MORE_SECONDS;
    }

    private interface Step {
        void run() throws Exception;
    }

    private Thread run(Step step) {
        return Thread.ofPlatform().start(() -> {
            while (!stop.get() && broken.isEmpty()) {
                try {
                    step.run();
                } catch (Exception e) {
                    broken.add(e.toString());
                }
            }
        });
    }

    private static Set<StorePath> byNarInfo(CacheContent content, Set<StorePath> paths) {
        Set<StorePath> present = new HashSet<>();
        paths.forEach(path -> content.find(path.hashPart()).ifPresent(info -> present.add(info.path())));
        return present;
    }

    private void push(ServedStore served, Asking asking, Random random) throws IOException, InterruptedException {
        Map<StorePath, NarSource> trees = new LinkedHashMap<>();
        Map<StorePath, PathInfo> infos = new LinkedHashMap<>();
        for (int i = 0; i < 4; i++) {
            int number = random.nextInt(PARTS);
            NarSource tree = Things.tree(Things.random(number, 1000));
            PathInfo part = Things.info("part-" + number, tree, List.of());
            trees.put(part.path(), tree);
            infos.put(part.path(), part);
        }
        int number = random.nextInt(Integer.MAX_VALUE);
        NarSource tree = Things.tree(Things.random(number, 100));
        PathInfo top = Things.info("top-" + number, tree, List.copyOf(infos.keySet()));
        trees.put(top.path(), tree);
        infos.put(top.path(), top);
        try (StoreOperations session = served.service().open(true, LogSink.none())) {
            Set<StorePath> present = asking.present(session, infos.keySet());
            Thread.sleep(random.nextInt(30));
            for (PathInfo info : infos.values()) {
                if (!present.contains(info.path())) {
                    session.addToStoreNar(info, false, true, Objects.requireNonNull(trees.get(info.path())));
                }
            }
            Set<StorePath> missing = new HashSet<>(infos.keySet());
            missing.removeAll(session.queryValidPaths(infos.keySet(), false));
            if (!missing.isEmpty()) {
                broken.add(missing + " are not there, of which were left out " + present);
            }
            pushes.incrementAndGet();
            leftOut.addAndGet(present.size());
        }
    }
}
