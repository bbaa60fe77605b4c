package dev.berth.node.garbage;

import dev.berth.store.StoreException;
import dev.berth.store.local.LocalStore;
import dev.berth.store.usage.CollectionReport;
import dev.berth.store.usage.Sizes;
import dev.berth.store.usage.UsageCollector;
import dev.berth.store.usage.UsageDatabase;
import dev.berth.store.usage.UsageLog;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects a node's store from time to time, at once when space is missing, and cleans up between. A collection holds the store's
 * lock for one small batch at a time and takes nothing that a root holds: the roots of volumes, trees and containers, and the
 * temporary ones of publishes under way. Killed at any moment it leaves a sound store.
 */
public final class GarbageLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GarbageLoop.class);

    /** How long closing waits for the batch that is being deleted. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final GarbageConfig config;
    private final LocalStore store;
    private final UsageCollector collector;
    private final Runnable cleaning;
    private final GarbageListener listener;
    private final Thread worker;

    private GarbageLoop(
            GarbageConfig config,
            LocalStore store,
            UsageCollector collector,
            Runnable cleaning,
            GarbageListener listener) {
        this.config = config;
        this.store = store;
        this.collector = collector;
        this.cleaning = cleaning;
        this.listener = listener;
        // Of the platform: SQLite and deletions wait inside native code.
        this.worker = Thread.ofPlatform().daemon().name("berth-garbage").unstarted(this::run);
    }

    /**
     * Starts it.
     *
     * @param cleaning what is done at every look: removes what has no owner any more, and so its roots
     */
    public static GarbageLoop start(
            GarbageConfig config,
            LocalStore store,
            UsageDatabase database,
            UsageLog log,
            Runnable cleaning,
            GarbageListener listener) {
        GarbageLoop loop = new GarbageLoop(
                config, store, UsageCollector.of(store, database, Optional.of(log)), cleaning, listener);
        loop.worker.start();
        return loop;
    }

    private void run() {
        try {
            Duration left = pause();
            while (true) {
                Duration step = left.compareTo(config.look()) < 0 ? left : config.look();
                Thread.sleep(step);
                left = left.minus(step);
                clean();
                if (!left.isPositive() || isSpaceMissing()) {
                    collect();
                    left = pause();
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    /** A defect in one round must not be the end of all: a node whose store is never collected fills up days later. */
    private void clean() {
        try {
            cleaning.run();
        } catch (RuntimeException e) {
            LOG.error("a defect keeps the agent from cleaning up", e);
        }
    }

    private Duration pause() {
        long most = config.interval().toNanos();
        return Duration.ofNanos(ThreadLocalRandom.current().nextLong(most / 2, most) + 1);
    }

    private boolean isSpaceMissing() {
        try {
            FileStore disk = Files.getFileStore(store.config().realStoreDir());
            return config.isMissing(disk.getUsableSpace(), disk.getTotalSpace());
        } catch (IOException e) {
            LOG.warn("cannot ask for the free space of {}: {}", store.config().realStoreDir(), e.getMessage());
            return false;
        }
    }

    private void collect() {
        if (config.policy().isEmpty()) {
            return;
        }
        long start = System.nanoTime();
        try {
            CollectionReport report = collector.collect(config.policy());
            listener.collected(report, since(start));
            if (!report.paths().isEmpty()) {
                LOG.info(
                        "{} store paths went, {} are free again", report.paths().size(), Sizes.show(report.freed()));
            }
            report.unmet().ifPresent(why -> LOG.warn("the store is larger than it should be: {}", why));
        } catch (StoreException e) {
            listener.failed(since(start));
            LOG.warn("cannot collect garbage: {}", e.getMessage());
        } catch (RuntimeException e) {
            listener.failed(since(start));
            LOG.error("a defect keeps garbage from being collected", e);
        }
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Ends it; a collection under way ends behind its batch. */
    @Override
    public void close() {
        worker.interrupt();
        try {
            if (!worker.join(PATIENCE)) {
                LOG.warn("a collection of garbage takes too long to end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
