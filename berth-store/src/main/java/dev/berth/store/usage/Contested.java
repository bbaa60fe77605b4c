package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** The condemned paths as this process knows them, some seconds old, and what becomes of one that is asked for. Any thread. */
final class Contested {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration LOOK = Duration.ofMillis(50);

    private final CollectionNotes notes;
    private final Consumer<Collection<StorePath>> doubtful;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Set<StorePath> condemned = Set.of();

    Contested(CollectionNotes notes, Consumer<Collection<StorePath>> doubtful) {
        this.notes = notes;
        this.doubtful = doubtful;
    }

    boolean has(StorePath path) {
        return condemned.contains(path);
    }

    /** Reads them anew. What is on the list no more stays, or is gone: nothing that was remembered of it counts. */
    void refresh() {
        Set<StorePath> changed;
        lock.lock();
        try {
            Set<StorePath> now = notes.condemned();
            changed = new HashSet<>(condemned);
            changed.removeAll(now);
            condemned = now;
        } finally {
            lock.unlock();
        }
        if (!changed.isEmpty()) {
            doubtful.accept(changed);
        }
    }

    // Behind a refreshing that may have read them still.
    private void remove(Collection<StorePath> paths) {
        lock.lock();
        try {
            Set<StorePath> left = new HashSet<>(condemned);
            left.removeAll(paths);
            condemned = left;
        } finally {
            lock.unlock();
        }
    }

    /** @return false if any of the paths was condemned: those are on the list no more then, and are there or not */
    boolean hold(Collection<StorePath> paths) {
        Set<StorePath> known = condemned;
        List<StorePath> asked = known.isEmpty()
                ? List.of()
                : paths.stream().filter(known::contains).toList();
        if (asked.isEmpty()) {
            return true;
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (Set<StorePath> late = notes.spare(asked); !late.isEmpty(); late = notes.spare(late)) {
            if (System.nanoTime() - deadline > 0) {
                throw new StoreException(
                        Kind.UNAVAILABLE,
                        "path " + late.iterator().next() + " has been about to be deleted for " + PATIENCE.toSeconds()
                                + " s: try again");
            }
            CollectionTurn.pause(LOOK, "waiting until a path is deleted");
        }
        remove(asked);
        doubtful.accept(asked);
        return false;
    }
}
