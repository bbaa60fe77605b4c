package dev.berth.node;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import dev.berth.node.pods.PodRef;
import dev.berth.store.StoreException;
import dev.berth.store.Substituters;
import dev.berth.store.local.LocalStore;
import dev.berth.store.usage.UsageRecorder;
import io.grpc.Deadline;
import io.grpc.Status;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Makes closures valid in the node's store. A fetch belongs to nobody: the calls that want the same packages wait for it
 * together, and it goes on when they time out, so that the next call finds it further on or done.
 */
final class Closures implements AutoCloseable {
    private static final Duration TELL = Duration.ofSeconds(1);

    private final LocalStore store;
    private final Substituters substituters;
    private final Duration fetchTimeout;
    private final UsageRecorder usage;
    private final PodEvents events;
    private final Map<Set<StorePath>, Fetch> fetches = new ConcurrentHashMap<>();
    private final Set<Thread> workers = ConcurrentHashMap.newKeySet();

    Closures(
            LocalStore store, Substituters substituters, Duration fetchTimeout, UsageRecorder usage, PodEvents events) {
        this.store = store;
        this.substituters = substituters;
        this.fetchTimeout = fetchTimeout;
        this.usage = usage;
        this.events = events;
    }

    /** A fetch under way. */
    private record Fetch(CompletableFuture<Void> done, FetchProgress progress) {}

    /**
     * Makes the closure of packages valid and tells it. The caller protects the packages from garbage collection before
     * it asks.
     *
     * @param pod is told by events how far the fetch is, as long as the call waits
     * @throws CsiException DEADLINE_EXCEEDED if the fetch is still under way
     * @throws StoreException if it failed
     */
    Collection<PathInfo> ensure(List<StorePath> packages, PodRef pod, Deadline deadline) {
        Set<StorePath> wanted = Set.copyOf(packages);
        if (!store.validPaths(wanted).containsAll(wanted)) {
            await(fetches.computeIfAbsent(wanted, this::start), packages, pod, deadline);
        }
        usage.used(wanted); // and with them what they need
        return store.pathInfos(store.closure(wanted));
    }

    private Fetch start(Set<StorePath> wanted) {
        Fetch fetch = new Fetch(new CompletableFuture<>(), new FetchProgress());
        Thread worker = Thread.ofVirtual().name("berth-fetch").unstarted(() -> {
            try (LocalStore session = store.session()) {
                session.addTempRoots(wanted);
                substituters.fetch(session, wanted, fetch.progress());
                fetches.remove(wanted, fetch);
                fetch.done().complete(null);
            } catch (Throwable e) {
                fetches.remove(wanted, fetch);
                fetch.done().completeExceptionally(e);
            } finally {
                workers.remove(Thread.currentThread());
            }
        });
        workers.add(worker);
        worker.start();
        Thread.ofVirtual().name("berth-fetch-limit").start(() -> limit(worker));
        return fetch;
    }

    private void limit(Thread worker) {
        try {
            if (!worker.join(fetchTimeout)) {
                worker.interrupt();
            }
        } catch (InterruptedException e) {
            worker.interrupt();
        }
    }

    private void await(Fetch fetch, List<StorePath> packages, PodRef pod, Deadline deadline) {
        try {
            while (!isDone(fetch, deadline)) {
                events.progress(pod, Reason.FETCH, fetch.progress().toString());
            }
        } catch (TimeoutException e) {
            throw new CsiException(
                    Status.Code.DEADLINE_EXCEEDED,
                    "still fetching the closure of " + store.storeDir().print(packages.getFirst()) + " from "
                            + substituters + ": " + fetch.progress() + "; the fetch goes on, call again",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CsiException(Status.Code.CANCELLED, "the agent is being stopped", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case StoreException known -> throw new StoreException(known.kind(), known.getMessage(), known);
                case null, default ->
                    throw new IllegalStateException("fetching " + packages + " failed: " + e.getCause(), e);
            }
        }
    }

    /** Waits for a while. @throws TimeoutException if the deadline is over */
    private static boolean isDone(Fetch fetch, Deadline deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        long left = Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS));
        try {
            fetch.done().get(Math.min(left, TELL.toNanos()), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            if (left <= TELL.toNanos()) {
                throw e;
            }
            return false;
        }
    }

    /** Ends the fetches under way and closes the stores that are fetched from. */
    @Override
    public void close() {
        workers.forEach(Thread::interrupt);
        substituters.close();
    }
}
