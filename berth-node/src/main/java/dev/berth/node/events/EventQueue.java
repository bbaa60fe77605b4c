package dev.berth.node.events;

import dev.berth.node.log.LogFields;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Events that wait to be told, one for each key: what comes while one waits joins it, so that neither progress that is told
 * often nor a server that is away makes many of them.
 */
final class EventQueue {
    /** Notes have at most 1000 bytes: about a megabyte in all. */
    static final int MOST = 1000;

    private final LongSupplier nanoTime;
    private final long interval;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Condition closing = lock.newCondition();
    /** All below under the lock. */
    private final Map<EventKey, Waiting> waiting = new LinkedHashMap<>();

    private final Map<EventKey, Long> toldProgress = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<EventKey, Long> eldest) {
            return size() > MOST;
        }
    };
    private boolean closed;

    /**
     * What is to be told.
     *
     * @param times how often it happened since it was last told
     * @param progress whether it is a progress alone
     * @param fields of the log lines of who told it last
     * @param since when the first of it came
     * @param due when it is to be told
     */
    record Waiting(EventKey key, String note, int times, boolean progress, LogFields fields, long since, long due) {
        /** Of lines about it: also of a pod whose event was told without them. */
        LogFields logFields() {
            return key.namespace().isEmpty()
                    ? fields
                    : fields.with("namespace", key.namespace()).with("pod", key.name());
        }
    }

    /**
     * @param interval how long progress waits for more recent one
     * @param nanoTime the clock
     */
    EventQueue(Duration interval, LongSupplier nanoTime) {
        this.interval = interval.toNanos();
        this.nanoTime = nanoTime;
    }

    /** Takes something in. @return whether there was room for it */
    boolean put(EventKey key, String note, boolean progress) {
        lock.lock();
        try {
            Waiting there = waiting.get(key);
            if (closed || (there == null && waiting.size() >= MOST)) {
                return false;
            }
            long now = nanoTime.getAsLong();
            LogFields fields = LogFields.ofThisThread();
            if (there == null) {
                long due = progress ? toldProgress.getOrDefault(key, now) + interval : now;
                waiting.put(key, new Waiting(key, note, 1, progress, fields, now, due));
            } else {
                boolean still = there.progress() && progress;
                waiting.put(
                        key,
                        new Waiting(
                                key,
                                note,
                                progress ? there.times() : there.progress() ? 1 : there.times() + 1,
                                still,
                                fields,
                                there.since(),
                                still ? there.due() : Math.min(there.due(), now)));
            }
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives back what could not be told now; what came meanwhile joins it. */
    void putBack(Waiting untold) {
        lock.lock();
        try {
            Waiting newer = waiting.get(untold.key());
            if (newer == null) {
                waiting.put(untold.key(), untold);
            } else {
                waiting.put(
                        untold.key(),
                        new Waiting(
                                untold.key(),
                                newer.note(),
                                newer.times() + untold.times(),
                                newer.progress() && untold.progress(),
                                newer.fields(),
                                untold.since(),
                                untold.due()));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for something that is due, the longest waiting first; empty when it is closed and all was taken. */
    Optional<Waiting> take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                long now = nanoTime.getAsLong();
                long next = Long.MAX_VALUE;
                for (Iterator<Waiting> it = waiting.values().iterator(); it.hasNext(); ) {
                    Waiting candidate = it.next();
                    long left = candidate.due() - now;
                    if (left <= 0 || closed) {
                        it.remove();
                        if (candidate.progress()) {
                            toldProgress.put(candidate.key(), now);
                        }
                        return Optional.of(candidate);
                    }
                    next = Math.min(next, left);
                }
                if (closed) {
                    return Optional.empty();
                }
                if (next == Long.MAX_VALUE) {
                    changed.await();
                } else {
                    // Nothing is lost if it wakes too early or too late.
                    boolean _ = changed.await(next, TimeUnit.NANOSECONDS);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing more in; what waits is due at once. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            closing.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits, but no longer than until it is closed. */
    void awaitClose(Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = atMost.toNanos();
            while (!closed && left > 0) {
                left = closing.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }
}
