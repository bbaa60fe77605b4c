package dev.berth.store.local;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What was read of paths before, for as long as nobody has committed anything since, this process or another. SQLite tells
 * that at once, much sooner than it can tell what is known of a path: each answer is as new as if it had been read. Any
 * thread.
 */
final class KnownPaths {
    /** How many paths and references are kept: some megabytes. */
    static final int MAX_WEIGHT = 40_000;

    private final Database database;
    private final PathTable paths;
    private final int maxWeight;
    private final ConcurrentHashMap<StorePath, Known> known = new ConcurrentHashMap<>();
    private final AtomicInteger weight = new AtomicInteger();

    /** INVARIANT: when a session has seen that others committed, what was read before has an earlier number. */
    private final AtomicLong generation = new AtomicLong();

    /** @param generation the one before which nothing was read of this */
    private record Known(long generation, PathInfo info) {}

    /** @param maxWeight how many paths and references to keep, {@link #MAX_WEIGHT} mostly */
    KnownPaths(Database database, PathTable paths, int maxWeight) {
        this.database = database;
        this.paths = paths;
        this.maxWeight = maxWeight;
    }

    Optional<PathInfo> info(StorePath path) {
        return database.read(session -> {
            if (session.sawChange()) {
                generation.incrementAndGet();
            }
            // Before the reading: what another session finds to be outdated meanwhile is kept, but not used.
            long now = generation.get();
            Known one = known.get(path);
            return one != null && one.generation() == now ? Optional.of(one.info()) : read(session, path, now);
        });
    }

    private Optional<PathInfo> read(Session session, StorePath path, long now) throws SQLException {
        Optional<PathInfo> info = paths.info(session, path);
        info.ifPresent(found -> keep(path, new Known(now, found)));
        return info;
    }

    private void keep(StorePath path, Known one) {
        int more = 1 + one.info().references().size();
        if (weight.addAndGet(more) > maxWeight) {
            known.clear();
            weight.set(more);
        }
        known.put(path, one);
    }
}
