package dev.berth.node;

import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.InlineVolume;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import dev.berth.node.log.LogFields;
import io.grpc.Deadline;
import io.grpc.Status;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The publishes under way, at most one of each volume. A call that ends leaves its publish running; the next call for the
 * same waits for it, too, or finds it done.
 */
final class Publishes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Publishes.class);
    private static final int MOST = 1000;
    private static final Duration END = Duration.ofSeconds(30);

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Publish> running = new HashMap<>();
    /** Why publishes failed that nobody waited for, by volume. */
    private final Map<String, String> failures = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST;
        }
    };

    private final PodEvents events;
    private boolean closed;

    /** @param events are told how far publishes are */
    Publishes(PodEvents events) {
        this.events = events;
    }

    /**
     * Waits for the publish of a volume, which is begun unless it is under way.
     *
     * @param volume its name
     * @param allowed how long it may take, of which it is to make use itself
     * @param call how long this caller waits
     * @param work does it; on a thread of its own
     * @throws CsiException DEADLINE_EXCEEDED if it goes on; else it ended as it throws
     */
    void run(String volume, PublishRequest request, Duration allowed, Deadline call, Consumer<Publish> work) {
        while (true) {
            Publish publish = join(volume, request, allowed, work);
            try {
                publish.awaitEnd(call);
            } finally {
                leave(publish);
            }
            // The end of another is only what this one had to wait for.
            if (publish.request().equals(request) && !publish.isGivenUp()) {
                Patience.outcome(publish.ended());
                return;
            }
        }
    }

    private Publish join(String volume, PublishRequest request, Duration allowed, Consumer<Publish> work) {
        lock.lock();
        try {
            Publish there = running.get(volume);
            if (there == null) {
                if (closed) {
                    throw new CsiException(Status.Code.UNAVAILABLE, "the agent is being stopped");
                }
                if (running.size() >= MOST) {
                    throw new CsiException(
                            Status.Code.RESOURCE_EXHAUSTED,
                            MOST + " volumes are being published already: call again later");
                }
                String last = failures.remove(volume);
                there = new Publish(request, allowed, last == null ? "" : last, events);
                running.put(volume, there);
                Publish begun = there;
                Thread.ofVirtual()
                        .name("berth-publish")
                        .start(LogFields.ofThisThread().around(() -> perform(volume, begun, work)));
            }
            there.joined(1);
            return there;
        } finally {
            lock.unlock();
        }
    }

    private void leave(Publish publish) {
        lock.lock();
        try {
            publish.joined(-1);
        } finally {
            lock.unlock();
        }
    }

    private void perform(String volume, Publish publish, Consumer<Publish> work) {
        try {
            work.accept(publish);
            end(volume, publish, "");
            publish.ended().complete(null);
        } catch (Throwable e) {
            end(volume, publish, String.valueOf(e.getMessage()));
            publish.ended().completeExceptionally(e);
        }
    }

    private void end(String volume, Publish publish, String failure) {
        lock.lock();
        try {
            running.remove(volume);
            if (!failure.isEmpty() && !publish.isWaitedFor() && !publish.isGivenUp()) {
                failures.put(volume, failure);
                LOG.warn("publishing {} failed while no call waited for it: {}", volume, failure);
                PublishRequest request = publish.request();
                events.report(
                        request.pod(),
                        Reason.FAILED_VOLUME_MOUNT,
                        "volume " + InlineVolume.nameAt(request.target().toString()) + ": " + failure);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives up the publish of a volume, if one is under way, and waits for its end.
     *
     * @throws CsiException DEADLINE_EXCEEDED if it has not ended by then
     */
    void giveUp(String volume, Deadline call) {
        Publish publish;
        lock.lock();
        try {
            failures.remove(volume);
            publish = running.get(volume);
        } finally {
            lock.unlock();
        }
        if (publish != null) {
            publish.giveUp();
            publish.awaitEnd(call);
        }
    }

    /** Gives up all, and waits for their ends. */
    @Override
    public void close() {
        List<Publish> left;
        lock.lock();
        try {
            closed = true;
            left = List.copyOf(running.values());
        } finally {
            lock.unlock();
        }
        left.forEach(Publish::giveUp);
        Deadline end = Deadline.after(END.toSeconds(), TimeUnit.SECONDS);
        for (Publish publish : left) {
            try {
                publish.awaitEnd(end);
            } catch (CsiException e) {
                LOG.warn("a publish does not end: {}", e.getMessage());
            }
        }
    }
}
