package dev.berth.gateway.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** What all connections of a server share: the routes, the limits, and how much is going on. Any thread. */
final class Traffic {
    private final Routes routes;
    private final HttpConfig.Limits limits;
    private final Metrics metrics;
    private final Replies replies = new Replies();
    private final Semaphore exchanges;
    private final AtomicInteger connections = new AtomicInteger();
    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    Traffic(Routes routes, HttpConfig.Limits limits, Metrics metrics) {
        this.routes = routes;
        this.limits = limits;
        this.metrics = metrics;
        this.exchanges = new Semaphore(limits.requests());
    }

    Routes routes() {
        return routes;
    }

    HttpConfig.Limits limits() {
        return limits;
    }

    Replies replies() {
        return replies;
    }

    Metrics metrics() {
        return metrics;
    }

    /** Counts a connection, if there is room for it; {@link #left} is to follow. */
    boolean admitted() {
        if (connections.incrementAndGet() <= limits.connections()) {
            return true;
        }
        connections.decrementAndGet();
        return false;
    }

    void left() {
        connections.decrementAndGet();
    }

    int connections() {
        return connections.get();
    }

    /** Takes a place for a request that has a thread of its own, if there is one; {@link #ended} is to follow. */
    boolean begun() {
        return exchanges.tryAcquire();
    }

    void ended() {
        exchanges.release();
    }

    /** How many requests have threads of their own. */
    int exchanges() {
        return limits.requests() - exchanges.availablePermits();
    }

    void watch(Watched part) {
        watched.add(part);
        if (stopping) {
            part.stop();
        }
    }

    void unwatch(Watched part) {
        watched.remove(part);
    }

    /** Ends what has taken too long. */
    void sweep() {
        long now = System.nanoTime();
        for (Watched part : watched) {
            if (part.isOver(now)) {
                part.expire();
            }
        }
    }

    boolean isStopping() {
        return stopping;
    }

    /** Ends connections as soon as nothing is under way on them. */
    void stop() {
        stopping = true;
        watched.forEach(Watched::stop);
    }
}
