package dev.berth.store.cache;

import dev.berth.nix.NarInfo;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a cache answered about paths, for a while. That it lacks a path is believed for another time than that it has it;
 * that it could not answer is never kept here, nor that it lacks what a path needs that it was found to have since.
 * Thread-safe; the least recently asked is forgotten first.
 */
final class AnswerCache {
    private static final int MOST_PRESENT = 8192;
    private static final int MOST_ABSENT = 65536;

    /** Of all infos together, each of which may have thousands. */
    private static final int MOST_REFERENCES = 100_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Present> present = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, Long> absent = bounded(MOST_ABSENT);
    private long references;
    private final long presentNanos;
    private final long absentNanos;

    private record Present(NarInfo info, long until) {}

    AnswerCache(Duration presentLifetime, Duration absentLifetime) {
        this.presentNanos = presentLifetime.toNanos();
        this.absentNanos = absentLifetime.toNanos();
    }

    private static <V> Map<String, V> bounded(int most) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                return size() > most;
            }
        };
    }

    /**
     * An answer that is still believed.
     *
     * @param info empty if the cache lacks the path
     */
    record Answer(Optional<NarInfo> info) {}

    /** The answer as it was given, if one is believed. */
    Optional<Answer> get(String hashPart) {
        long now = System.nanoTime();
        lock.lock();
        try {
            Present known = present.get(hashPart);
            if (known != null && now - known.until() < 0) {
                return Optional.of(new Answer(Optional.of(known.info())));
            }
            Long until = absent.get(hashPart);
            return until != null && now - until < 0 ? Optional.of(new Answer(Optional.empty())) : Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    void put(String hashPart, Optional<NarInfo> answer) {
        long now = System.nanoTime();
        lock.lock();
        try {
            if (answer.isPresent()) {
                absent.remove(hashPart);
                forget(hashPart);
                present.put(hashPart, new Present(answer.get(), now + presentNanos));
                references += answer.get().info().references().size();
                // What a path needs is there before the path is: that it was not is an answer from before.
                answer.get().info().references().forEach(reference -> absent.remove(reference.hashPart()));
                while (present.size() > MOST_PRESENT || (references > MOST_REFERENCES && present.size() > 1)) {
                    forget(present.keySet().iterator().next());
                }
            } else {
                forget(hashPart);
                absent.put(hashPart, now + absentNanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Forgets a path, whose answer turned out wrong. */
    void remove(String hashPart) {
        lock.lock();
        try {
            forget(hashPart);
            absent.remove(hashPart);
        } finally {
            lock.unlock();
        }
    }

    private void forget(String hashPart) {
        Present known = present.remove(hashPart);
        if (known != null) {
            references -= known.info().info().references().size();
        }
    }
}
