package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps uses in memory for some seconds and then writes them to a database, on a thread of its own. While the database can
 * not be had they wait; if there are more than fit, it is noted that uses may be missing, and until then every path counts
 * as used, so that nothing is collected that somebody may have needed. Any thread.
 */
public final class UsageLog implements UsageRecorder, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UsageLog.class);
    private static final long CLOSE_SECONDS = 30;

    private final UsageDatabase database;
    private final Settings settings;
    private final Map<StorePath, Long> recent = new ConcurrentHashMap<>();
    private final Map<StorePath, Long> pending = new ConcurrentHashMap<>();
    private final AtomicLong missed = new AtomicLong();
    private final Semaphore wake = new Semaphore(0);
    private final ReentrantLock writing = new ReentrantLock();
    private final Optional<Contested> contested;
    private final Thread writer;
    private volatile boolean closed;
    private boolean failing;

    /**
     * How to record.
     *
     * @param resolution a path's uses within this time are written once
     * @param interval between writes
     * @param capacity how many paths' uses are held at most
     */
    public record Settings(Duration resolution, Duration interval, int capacity) {
        /** To the minute, written every 5 seconds. */
        public static final Settings DEFAULT = new Settings(Duration.ofMinutes(1), Duration.ofSeconds(5), 200_000);
    }

    private UsageLog(UsageDatabase database, Settings settings, Optional<Contested> contested) {
        this.database = database;
        this.settings = settings;
        this.contested = contested;
        // Of the platform: SQLite waits inside native code.
        this.writer = Thread.ofPlatform().daemon().name("berth-usage").start(this::run);
    }

    /**
     * Of a store that proves itself that nobody uses what it deletes, as a local one does.
     *
     * @param database stays the caller's, to be closed after this
     */
    public UsageLog(UsageDatabase database, Settings settings) {
        this(database, settings, Optional.empty());
    }

    /** As above, as usual. */
    public UsageLog(UsageDatabase database) {
        this(database, Settings.DEFAULT);
    }

    /**
     * Of a cache, which others may collect at any time.
     *
     * @param database stays the caller's, to be closed after this
     * @param doubtful is told of paths that may just have been deleted: what is remembered of them is to be forgotten
     */
    public static UsageLog ofCache(
            UsageDatabase database, Settings settings, Consumer<Collection<StorePath>> doubtful) {
        return new UsageLog(database, settings, Optional.of(new Contested(database.notes(), doubtful)));
    }

    @Override
    public boolean isContested(StorePath path) {
        return contested.isPresent() && contested.get().has(path);
    }

    @Override
    public boolean hold(Collection<StorePath> paths) {
        // Noted before it is looked whether they are condemned: a collection that condemns them later reads the note.
        used(paths);
        return contested.isEmpty() || contested.get().hold(paths);
    }

    @Override
    public void used(Collection<StorePath> paths) {
        long now = System.currentTimeMillis();
        for (StorePath path : paths) {
            Long before = recent.get(path);
            if (before != null && Math.abs(now - before) < settings.resolution().toMillis()) {
                continue;
            }
            if (pending.size() >= settings.capacity() && !pending.containsKey(path)) {
                missed.accumulateAndGet(now, Math::max);
                continue;
            }
            pending.put(path, now);
            recent.put(path, now);
        }
        if (pending.size() >= settings.capacity() / 2 && wake.availablePermits() == 0) {
            wake.release();
        }
    }

    private void run() {
        try {
            while (!closed) {
                boolean early = wake.tryAcquire(settings.interval().toMillis(), TimeUnit.MILLISECONDS);
                tryFlush();
                if (early && failing) {
                    Thread.sleep(settings.interval()); // a full buffer is no reason to ask a lost database all the time
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tryFlush() {
        try {
            flush();
            if (failing) {
                failing = false;
                LOG.info("uses are written to usage database {} again", database.name());
            }
        } catch (RuntimeException e) {
            if (!failing) {
                failing = true;
                LOG.warn(
                        "{}; uses are kept in memory, and it is tried again every {} s",
                        e.getMessage(),
                        settings.interval().toSeconds());
            }
        }
    }

    /**
     * Writes what is held now, and reads what is condemned.
     *
     * @throws StoreException if the database can't be written; nothing is lost then
     */
    public void flush() {
        writing.lock();
        try {
            Map<StorePath, Long> taken = new HashMap<>(pending);
            long missing = missed.get();
            if (!taken.isEmpty()) {
                Map<StorePath, Instant> times = new HashMap<>();
                taken.forEach((path, time) -> times.put(path, Instant.ofEpochMilli(time)));
                database.used(times);
            }
            if (missing > 0) {
                database.missedUntil(Instant.ofEpochMilli(missing));
                missed.compareAndSet(missing, 0);
            }
            taken.forEach(pending::remove);
            contested.ifPresent(Contested::refresh);
            long old = System.currentTimeMillis() - settings.resolution().toMillis();
            if (recent.size() > settings.capacity()) {
                recent.clear();
            }
            recent.values().removeIf(time -> time < old);
        } finally {
            writing.unlock();
        }
    }

    /** Writes what is held. What can't be written is told in the log. */
    @Override
    public void close() {
        closed = true;
        wake.release();
        try {
            if (!writer.join(Duration.ofSeconds(CLOSE_SECONDS))) {
                LOG.warn("writing uses to {} takes too long; the last of them are lost", database.name());
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tryFlush();
    }
}
