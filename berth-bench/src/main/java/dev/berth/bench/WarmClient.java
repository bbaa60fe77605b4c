package dev.berth.bench;

import dev.berth.bench.work.WorkStore;
import dev.berth.nix.StorePath;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.PathInfos;
import dev.berth.store.Store;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A client of stores within this JVM: what a process does that has run for a while, such as an agent or a gateway. */
record WarmClient(WorkStore work) {
    private static final int WARM_UPS = 4;
    private static final Duration WARM_UP = Duration.ofSeconds(10);

    /** Does something so often that this JVM, and that of the server, have compiled it: at least four times, and for ten seconds. */
    static void warmUp(Contest.Attempt attempt) throws IOException, InterruptedException {
        long end = System.nanoTime() + WARM_UP.toNanos();
        for (int time = 0; time < WARM_UPS || System.nanoTime() < end; time++) {
            attempt.run(-1);
        }
    }

    /** Opening and closing both stores included. */
    Duration copy(String from, String to) {
        long start = System.nanoTime();
        try (Store source = Stores.open(from, StoreSettings.DEFAULT);
                Store destination = Stores.open(to, StoreSettings.DEFAULT)) {
            ClosureCopy.copy(
                    source,
                    destination,
                    List.of(work.roots().getFirst()),
                    ClosureCopy.Options.TRUSTED,
                    CopyProgress.NONE);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Asks for the path infos of the closure, level by level; opening and closing the store included. */
    Duration query(String uri) {
        long start = System.nanoTime();
        try (Store store = Stores.open(uri, StoreSettings.DEFAULT)) {
            Set<StorePath> seen = new HashSet<>();
            List<StorePath> level = List.of(work.roots().getFirst());
            while (!level.isEmpty()) {
                seen.addAll(level);
                level = PathInfos.of(store, level).values().stream()
                        .flatMap(info -> info.references().stream())
                        .filter(path -> !seen.contains(path))
                        .distinct()
                        .toList();
            }
            if (seen.size() != work.work().paths()) {
                throw new IllegalStateException(uri + " told of " + seen.size() + " paths");
            }
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
