package dev.berth.node.events;

import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.node.log.LogFields;
import dev.berth.node.pods.PodRef;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells events to an API server, one after another, on a thread of its own. What the server has no time for waits a few minutes
 * in a bounded queue and is then dropped and counted.
 */
public final class ClusterEvents implements PodEvents, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterEvents.class);
    private static final Duration REQUEST = Duration.ofSeconds(5);
    /** An event has a few kilobytes. */
    private static final int LARGEST_ANSWER = 1 << 20;

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
    /** Later nobody wants to know how a publish went; kubelet has tried again since. */
    private static final Duration KEPT = Duration.ofMinutes(5);

    private static final Duration COMPLAINTS = Duration.ofMinutes(1);

    private final EventWriter writer;
    private final String node;
    private final Duration flush;
    private final EventQueue queue;
    private final AtomicLong told = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final Thread worker;
    private volatile boolean closing;
    /** Only for the worker, as all below. */
    private Duration pause = Duration.ZERO;

    private long nextComplaint = System.nanoTime();

    private ClusterEvents(Cluster cluster, String node, Duration interval, Duration flush) {
        this.writer = new EventWriter(cluster.within(REQUEST, LARGEST_ANSWER), node);
        this.node = node;
        this.flush = flush;
        this.queue = new EventQueue(interval, System::nanoTime);
        this.worker = Thread.ofVirtual().name("berth-events").unstarted(this::run);
    }

    /**
     * Starts to tell events.
     *
     * @param cluster which stays open longer than this
     * @param node the name of this node
     * @param interval how often progress is told at most
     * @param flush how long closing may wait for the server
     */
    public static ClusterEvents start(Cluster cluster, String node, Duration interval, Duration flush) {
        ClusterEvents events = new ClusterEvents(cluster, node, interval, flush);
        events.worker.start();
        return events;
    }

    @Override
    public void report(PodRef pod, Reason reason, String note) {
        if (pod.isKnown()) {
            put(EventKey.of(pod, reason), note, false);
        }
    }

    @Override
    public void progress(PodRef pod, Reason reason, String note) {
        if (pod.isKnown()) {
            put(EventKey.of(pod, reason), note, true);
        }
    }

    @Override
    public void reportNode(Reason reason, String note) {
        put(EventKey.ofNode(node, reason), note, false);
    }

    private void put(EventKey key, String note, boolean progress) {
        if (!queue.put(key, Note.of(note), progress)) {
            dropped.incrementAndGet();
        }
    }

    /** How many requests told the server of events. */
    public long told() {
        return told.get();
    }

    /** How many events were dropped: refused by the server, or it was away for too long. */
    public long dropped() {
        return dropped.get();
    }

    private void run() {
        try {
            for (Optional<EventQueue.Waiting> next = queue.take(); next.isPresent(); next = queue.take()) {
                try (LogFields.Scope _ = next.get().logFields().open()) {
                    tell(next.get());
                }
            }
        } catch (InterruptedException e) {
            // The time for telling the rest is over.
        }
        dropped.addAndGet(queue.size());
    }

    private void tell(EventQueue.Waiting event) throws InterruptedException {
        if (System.nanoTime() - event.since() > KEPT.toNanos()) {
            dropped.incrementAndGet();
            return;
        }
        try {
            writer.write(event.key(), event.note(), event.times());
            told.incrementAndGet();
            if (pause.isPositive()) {
                LOG.info("events are told again; {} were dropped so far", dropped.get());
                pause = Duration.ZERO;
            }
        } catch (ClusterException e) {
            if (closing || !mayPass(e)) {
                dropped.incrementAndGet();
                complain("cannot tell the event {}: {}", event.key(), e);
            } else {
                queue.putBack(event);
                complain("events have to wait, the first of them {}: {}", event.key(), e);
                pauseLonger();
            }
        } catch (RuntimeException e) {
            dropped.incrementAndGet();
            LOG.error("a defect keeps the event {} from being told", event.key(), e);
        }
    }

    /** A server that was away forbids what it allows, until it has read its rules again. */
    private boolean mayPass(ClusterException e) {
        return switch (e.kind()) {
            case FORBIDDEN, UNAUTHORIZED -> pause.isPositive();
            default -> e.retryable();
        };
    }

    private void complain(String message, EventKey key, ClusterException e) {
        long now = System.nanoTime();
        if (now - nextComplaint >= 0) {
            nextComplaint = now + COMPLAINTS.toNanos();
            LOG.warn(message, key, e.getMessage());
        }
    }

    private void pauseLonger() throws InterruptedException {
        pause = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
        queue.awaitClose(pause);
    }

    /** Tells what waits, as long as closing may take, and drops the rest. */
    @Override
    public void close() {
        closing = true;
        queue.close();
        try {
            if (!worker.join(flush)) {
                worker.interrupt();
                worker.join(flush);
            }
        } catch (InterruptedException e) {
            worker.interrupt();
            Thread.currentThread().interrupt();
        }
        if (dropped.get() > 0) {
            LOG.info("{} events were told, {} were dropped", told.get(), dropped.get());
        }
    }
}
