package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ObjectKey;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Makes reports of objects that are in trouble, one after another, while the others are waited for. */
final class Reporter implements AutoCloseable {
    /** Objects that are reported on; who has more in trouble has one reason for most of them. */
    private static final int MOST = 10;

    /** A report that is older is made again at the end. */
    private static final Duration FRESH = Duration.ofSeconds(30);

    /** How long the end waits for reports. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(20);

    /** What goes wrong is told by several, within about so long. */
    private static final Duration SETTLING = Duration.ofSeconds(1);

    private final Cluster cluster;
    private final Map<ObjectKey, ApiResource> resources;
    private final Consumer<FailureReport> to;
    private final Map<ObjectKey, Long> reported = new HashMap<>();
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().name("reports").factory());

    Reporter(Cluster cluster, Map<ObjectKey, ApiResource> resources, Consumer<FailureReport> to) {
        this.cluster = cluster;
        this.resources = resources;
        this.to = to;
    }

    /** Has a report made soon, unless there was one. */
    synchronized void request(ObjectKey key) {
        if (!reported.containsKey(key)) {
            submit(key, Deadline.in(SETTLING));
        }
    }

    /** Has reports made of objects that did not become ready, and waits for them. */
    void finish(Collection<ObjectKey> keys) throws InterruptedException {
        synchronized (this) {
            for (ObjectKey key : keys) {
                Long at = reported.get(key);
                if (at == null || System.nanoTime() - at > FRESH.toNanos()) {
                    submit(key, Deadline.in(Duration.ZERO));
                }
            }
        }
        thread.shutdown();
        if (!thread.awaitTermination(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)) {
            thread.shutdownNow();
        }
    }

    private void submit(ObjectKey key, Deadline from) {
        ApiResource resource = resources.get(key);
        if (resource != null && (reported.containsKey(key) || reported.size() < MOST)) {
            reported.put(key, System.nanoTime());
            thread.execute(() -> report(resource, key, from));
        }
    }

    private void report(ApiResource resource, ObjectKey key, Deadline from) {
        try {
            from.pause(from.left());
            Optional<ObjectNode> live = cluster.get(resource, key.namespace(), key.name());
            live.map(object -> FailureReport.of(cluster, object))
                    .filter(report -> !report.lines().isEmpty())
                    .ifPresent(to);
        } catch (IOException e) {
            return; // the state of the object, which is told anyway, is all that is known then
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
