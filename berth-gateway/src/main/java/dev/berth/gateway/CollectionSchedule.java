package dev.berth.gateway;

import dev.berth.store.StoreException;
import dev.berth.store.usage.CollectionPolicy;
import dev.berth.store.usage.CollectionReport;
import dev.berth.store.usage.Sizes;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects what nobody used for long, again and again, on a thread of its own. Of several gateways above one usage database
 * one does it each time.
 */
public final class CollectionSchedule implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CollectionSchedule.class);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final Duration LONGEST_LOOK = Duration.ofMinutes(1);

    private final StoreUsage usage;
    private final Settings settings;
    private final Listener listener;
    private final Thread thread;

    /**
     * When to collect what.
     *
     * @param interval between two collections
     * @param policy what shall be reached
     * @param dryRun whether only to say, in the log, what would be deleted
     */
    public record Settings(Duration interval, CollectionPolicy policy, boolean dryRun) {}

    /** Is told how collections come out. */
    public interface Listener {
        /** For whom nobody counts. */
        Listener NONE = new Listener() {
            @Override
            public void collected(long paths, long bytes, Duration time) {}

            @Override
            public void collectionFailed() {}
        };

        /** A collection came to its end. */
        void collected(long paths, long bytes, Duration time);

        /** A collection failed. */
        void collectionFailed();
    }

    private CollectionSchedule(StoreUsage usage, Settings settings, Listener listener) {
        this.usage = usage;
        this.settings = settings;
        this.listener = listener;
        // Of the platform: databases wait inside native code.
        this.thread = Thread.ofPlatform().daemon().name("berth-collect").start(this::run);
    }

    /** @param usage stays the caller's, to be closed after this */
    public static CollectionSchedule start(StoreUsage usage, Settings settings, Listener listener) {
        return new CollectionSchedule(usage, settings, listener);
    }

    private void run() {
        Duration tenth = settings.interval().dividedBy(10);
        Duration look = tenth.compareTo(LONGEST_LOOK) < 0 ? tenth : LONGEST_LOOK;
        try {
            while (true) {
                Thread.sleep(look);
                turn();
            }
        } catch (InterruptedException e) {
            LOG.debug("collecting is stopped");
        }
    }

    private void turn() {
        long start = System.nanoTime();
        try {
            if (usage.takeTurn(settings.interval())) {
                CollectionReport report = usage.collect(settings.policy(), settings.dryRun());
                say(report);
                if (!settings.dryRun()) {
                    listener.collected(
                            report.paths().size(), report.freed(), Duration.ofNanos(System.nanoTime() - start));
                }
            }
        } catch (RuntimeException e) {
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
            listener.collectionFailed();
            if (e instanceof StoreException) {
                LOG.warn("collecting failed and is tried again later: {}", e.getMessage());
            } else {
                LOG.error("collecting failed and is tried again later", e);
            }
        }
    }

    private void say(CollectionReport report) {
        if (settings.dryRun()) {
            report.paths().forEach(path -> LOG.info("would delete {}: {}", path.path(), path.reason()));
        }
        LOG.info(
                "{} {} paths, {}; the store has {}",
                settings.dryRun() ? "would delete" : "deleted",
                report.paths().size(),
                Sizes.show(report.freed()),
                Sizes.show(report.after()));
        report.unmet().ifPresent(unmet -> LOG.warn("collecting did not reach its target: {}", unmet));
    }

    /** Stops after the batch under way. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            if (!thread.join(STOP)) {
                LOG.warn("a collection did not stop within {} s", STOP.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
