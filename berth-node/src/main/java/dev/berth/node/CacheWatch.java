package dev.berth.node;

import dev.berth.node.metrics.NodeMetrics;
import dev.berth.store.Substituters;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks substituters every while whether they are there, so that figures tell a cache that is down from one that is not
 * configured, and so that fetches need not find it out.
 */
final class CacheWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CacheWatch.class);
    /** What one round may take. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Substituters substituters;
    private final Duration interval;
    private final Thread thread;
    private volatile List<Substituters.Presence> presences = List.of();
    private volatile long lastCheck;

    private CacheWatch(Substituters substituters, Duration interval, NodeMetrics metrics) {
        this.substituters = substituters;
        this.interval = interval;
        this.thread = Thread.ofVirtual().name("berth-cache-watch").unstarted(this::work);
        metrics.gauge(
                "berth_cache_configured",
                "Substituters that this node is told of; 0 means that everything must be in its store.",
                () -> substituters.size());
        metrics.gauges(
                "berth_cache_reachable",
                "Whether a substituter answered when it was last asked.",
                "cache",
                this::figures);
        metrics.gauge(
                "berth_cache_last_check_timestamp_seconds",
                "When substituters were last asked whether they are there; 0 before the first time.",
                () -> (double) lastCheck);
    }

    /** Begins with a round at once, unless there are no substituters. */
    static CacheWatch start(Substituters substituters, Duration interval, NodeMetrics metrics) {
        CacheWatch watch = new CacheWatch(substituters, interval, metrics);
        if (substituters.size() > 0) {
            watch.thread.start();
        }
        return watch;
    }

    private Map<String, Double> figures() {
        Map<String, Double> figures = new HashMap<>();
        presences.forEach(it -> figures.put(it.uri(), it.problem().isEmpty() ? 1.0 : 0.0));
        return figures;
    }

    private void work() {
        try {
            while (true) {
                ask();
                Thread.sleep(interval);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask() throws InterruptedException {
        try {
            List<Substituters.Presence> now = substituters.probe(PATIENCE);
            tell(presences, now);
            presences = now;
            lastCheck = System.currentTimeMillis() / 1000;
        } catch (RuntimeException e) {
            LOG.error("a defect keeps the caches from being asked whether they are there", e);
        }
    }

    /** Logs what changed. */
    private static void tell(List<Substituters.Presence> before, List<Substituters.Presence> now) {
        for (int i = 0; i < now.size(); i++) {
            Substituters.Presence presence = now.get(i);
            boolean was = before.isEmpty() || before.get(i).problem().isEmpty();
            if (was && !presence.problem().isEmpty()) {
                LOG.warn("the cache {} is down: {}", presence.uri(), presence.problem());
            } else if (!was && presence.problem().isEmpty()) {
                LOG.info("the cache {} is there again", presence.uri());
            }
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
