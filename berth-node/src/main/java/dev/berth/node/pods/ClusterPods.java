package dev.berth.node.pods;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.nix.StoreDir;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks an API server for pods. A server that does not answer in time is left alone for a while, so that it holds up one call and
 * not each; answers are remembered for as long as a pod's volumes are published one after another.
 */
public final class ClusterPods implements Pods {
    /** How long a lookup takes at most. */
    public static final Duration DEADLINE = Duration.ofSeconds(2);

    /** How long a server that failed is left alone. */
    public static final Duration LEFT_ALONE = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(ClusterPods.class);
    private static final ApiResource PODS = new ApiResource("", "v1", "Pod", "pods", true, Set.of("get"));
    /** An object is at most 1.5 MiB in etcd, and a little more as JSON. */
    private static final int LARGEST = 2 << 20;

    private static final Duration REMEMBERED = Duration.ofSeconds(3);
    private static final int MOST_REMEMBERED = 200;
    /** Somebody may make pods as large as can be. */
    private static final int MOST_AT_ONCE = 4;

    private final Cluster cluster;
    private final PodReader reader;
    private final AtomicReference<Silence> silence = new AtomicReference<>(new Silence("", System.nanoTime()));
    private final Map<PodRef, Remembered> remembered = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PodRef, Remembered> eldest) {
            return size() > MOST_REMEMBERED;
        }
    });

    private final Semaphore atOnce = new Semaphore(MOST_AT_ONCE);

    private record Remembered(Answer answer, long until) {}

    /**
     * Why and how long the server is left alone.
     *
     * @param why empty if it answered last
     */
    private record Silence(String why, long until) {}

    /**
     * @param cluster which stays open longer than this
     * @param storeDir of the paths that are looked for in specifications
     */
    public ClusterPods(Cluster cluster, StoreDir storeDir) {
        this.cluster = cluster.within(DEADLINE, LARGEST);
        this.reader = new PodReader(storeDir);
    }

    @Override
    public Answer find(PodRef pod) {
        if (!pod.isKnown()) {
            return new Answer.Unasked();
        }
        long now = System.nanoTime();
        Remembered known = remembered.get(pod);
        if (known != null && known.until() - now > 0) {
            return known.answer();
        }
        Silence last = silence.get();
        if (!last.why().isEmpty()) {
            // After a while one call asks again, and only that one waits for the answer.
            Silence renewed = new Silence(last.why(), now + LEFT_ALONE.toNanos());
            if (last.until() - now > 0 || !silence.compareAndSet(last, renewed)) {
                return new Answer.Unknown(last.why());
            }
        }
        Answer answer = ask(pod);
        if (!isStatic(pod)) {
            heard(answer);
        }
        if (answer instanceof Answer.Found) {
            remembered.put(pod, new Remembered(answer, System.nanoTime() + REMEMBERED.toNanos()));
        }
        return answer;
    }

    private void heard(Answer answer) {
        if (answer instanceof Answer.Unknown(String why)) {
            Silence before = silence.getAndSet(new Silence(why, System.nanoTime() + LEFT_ALONE.toNanos()));
            if (before.why().isEmpty()) {
                LOG.warn("pods can't be looked up, volumes are published without: {}", why);
            }
        } else if (!silence.getAndSet(new Silence("", System.nanoTime())).why().isEmpty()) {
            LOG.info("pods can be looked up again");
        }
    }

    /** On a thread of its own: resolvers and credential plugins know no deadlines. */
    private Answer ask(PodRef pod) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Thread.ofVirtual().name("berth-pod").start(() -> {
            try {
                answer.complete(asked(pod));
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            // The request's own deadline is as long, and says more about why.
            return answer.get(DEADLINE.toMillis() + 200, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return new Answer.Unknown("the API server did not answer within " + DEADLINE.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer.Unknown("interrupted while asking for the pod");
        } catch (ExecutionException e) {
            LOG.error("a defect keeps pod {} from being looked up", pod, e.getCause());
            return new Answer.Unknown("the pod could not be looked up by a defect of the agent");
        }
    }

    private Answer asked(PodRef pod) {
        try {
            if (!atOnce.tryAcquire(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Answer.Unknown(
                        "the API server is slow: " + MOST_AT_ONCE + " pods are being looked up already");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
        try {
            ObjectNode object = cluster.read(PODS, pod.namespace(), pod.name());
            Optional<Pod> found = reader.read(object);
            if (found.isEmpty()) {
                return new Answer.Unknown("Pod " + pod + ": what answers is no API server: it sent no pod");
            }
            PodRef there = found.get().ref();
            return there.uid().equals(pod.uid()) ? new Answer.Found(found.get()) : new Answer.Replaced(there.uid());
        } catch (ClusterException e) {
            if (e.kind() != ClusterException.Kind.NOT_FOUND) {
                return new Answer.Unknown(String.valueOf(e.getMessage()));
            }
            // That a pod is gone counts only if an API server says so, and not if a proxy knows no such page.
            return e.reason().equals("NotFound") && !isStatic(pod)
                    ? new Answer.Absent()
                    : new Answer.Unknown("Pod " + pod + ": the server has no such page or does not know the pod yet");
        } finally {
            atOnce.release();
        }
    }

    /** A pod of a file on this node runs before the API server knows of it; its uid is a hash. */
    private static boolean isStatic(PodRef pod) {
        return pod.uid().matches("[0-9a-f]{32}");
    }
}
