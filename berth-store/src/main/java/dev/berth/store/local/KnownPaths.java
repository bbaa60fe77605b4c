package dev.berth.store.local;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What was read of paths before, for as long as nobody has committed anything since, this process or another. That is told by
 * what SQLite's connections share ({@link WalIndex}), or by SQLite itself where that can't be had, much sooner than what is
 * known of a path: each answer is as new as if it had been read. Any thread.
 */
final class KnownPaths {
    /** How many paths and references are kept: some megabytes. */
    static final int MAX_WEIGHT = 40_000;

    private static final long[] UNKNOWN = {};

    private final Database database;
    private final PathTable paths;
    private final int maxWeight;
    private final ConcurrentHashMap<StorePath, Known> known = new ConcurrentHashMap<>();
    private final AtomicInteger weight = new AtomicInteger();
    private final AtomicBoolean looked = new AtomicBoolean();
    private volatile Optional<WalIndex> index = Optional.empty();

    /** INVARIANT: once somebody has seen that others committed, what was read before is of an earlier generation. */
    private final AtomicReference<Generation> current = new AtomicReference<>(new Generation(UNKNOWN));

    /** The time from one commit to the next. Each is only itself. */
    private static final class Generation {
        private final long[] state;

        /** @param state of the index then, if that is looked at */
        Generation(long[] state) {
            this.state = state;
        }
    }

    /** @param generation the one before which nothing was read of this */
    private record Known(Generation generation, Optional<PathInfo> info) {
        boolean isOf(Generation now) {
            return generation == now;
        }
    }

    /** @param maxWeight how many paths and references to keep, {@link #MAX_WEIGHT} mostly */
    KnownPaths(Database database, PathTable paths, int maxWeight) {
        this.database = database;
        this.paths = paths;
        this.maxWeight = maxWeight;
    }

    Optional<PathInfo> info(StorePath path) {
        Optional<WalIndex> shared = index;
        if (shared.isEmpty() || database.isClosed()) {
            return ask(path);
        }
        // Before the reading: what somebody finds to be outdated meanwhile is kept, but not used.
        Generation now = generation(shared.get());
        Known one = known.get(path);
        return one != null && one.isOf(now) ? one.info() : database.read(session -> read(session, path, now));
    }

    private Generation generation(WalIndex shared) {
        while (true) {
            Generation now = current.get();
            if (shared.isStill(now.state)) {
                return now;
            }
            Generation next = new Generation(shared.state());
            if (current.compareAndSet(now, next)) {
                return next;
            }
        }
    }

    private Optional<PathInfo> ask(StorePath path) {
        // Most processes ask for each path once, and need no index.
        if (known.containsKey(path) && !looked.getAndSet(true)) {
            index = database.walIndex();
        }
        return database.read(session -> {
            if (session.sawChange()) {
                current.set(new Generation(UNKNOWN));
            }
            Generation now = current.get();
            Known one = known.get(path);
            return one != null && one.isOf(now) ? one.info() : read(session, path, now);
        });
    }

    private Optional<PathInfo> read(Session session, StorePath path, Generation now) throws SQLException {
        Optional<PathInfo> info = paths.info(session, path);
        if (info.isPresent()) {
            keep(path, new Known(now, info));
        }
        return info;
    }

    private void keep(StorePath path, Known one) {
        int more = 1 + one.info().map(found -> found.references().size()).orElse(0);
        if (weight.addAndGet(more) > maxWeight) {
            known.clear();
            weight.set(more);
        }
        known.put(path, one);
    }
}
