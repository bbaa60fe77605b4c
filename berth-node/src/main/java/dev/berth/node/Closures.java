package dev.berth.node;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.store.CopyProgress;
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
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes closures valid in the node's store. A fetch belongs to nobody: the calls that want the same packages wait for it
 * together, and it goes on when they time out, so that the next call finds it further on or done.
 */
final class Closures implements AutoCloseable {
    private final LocalStore store;
    private final Substituters substituters;
    private final Duration fetchTimeout;
    private final UsageRecorder usage;
    private final Map<Set<StorePath>, Fetch> fetches = new ConcurrentHashMap<>();
    private final Set<Thread> workers = ConcurrentHashMap.newKeySet();

    Closures(LocalStore store, Substituters substituters, Duration fetchTimeout, UsageRecorder usage) {
        this.store = store;
        this.substituters = substituters;
        this.fetchTimeout = fetchTimeout;
        this.usage = usage;
    }

    /** A fetch under way, and how far it is. */
    private static final class Fetch implements CopyProgress {
        final CompletableFuture<Void> done = new CompletableFuture<>();
        private final AtomicLong paths = new AtomicLong();
        private final AtomicLong planned = new AtomicLong();
        private final AtomicLong bytes = new AtomicLong();
        private final AtomicLong plannedBytes = new AtomicLong();

        @Override
        public void planned(long morePaths, long moreBytes) {
            planned.addAndGet(morePaths);
            plannedBytes.addAndGet(moreBytes);
        }

        @Override
        public void transferred(long narBytes) {
            bytes.addAndGet(narBytes);
        }

        @Override
        public void finished(PathInfo info, String from) {
            paths.incrementAndGet();
        }

        @Override
        public String toString() {
            return paths + " of " + planned + " paths, " + bytes + " of " + plannedBytes + " bytes";
        }
    }

    /**
     * Makes the closure of packages valid and tells it. The caller protects the packages from garbage collection before
     * it asks.
     *
     * @throws CsiException DEADLINE_EXCEEDED if the fetch is still under way
     * @throws StoreException if it failed
     */
    Collection<PathInfo> ensure(List<StorePath> packages, Deadline deadline) {
        Set<StorePath> wanted = Set.copyOf(packages);
        if (!store.validPaths(wanted).containsAll(wanted)) {
            await(fetches.computeIfAbsent(wanted, this::start), packages, deadline);
        }
        usage.used(wanted); // and with them what they need
        return store.pathInfos(store.closure(wanted));
    }

    private Fetch start(Set<StorePath> wanted) {
        Fetch fetch = new Fetch();
        Thread worker = Thread.ofVirtual().name("berth-fetch").unstarted(() -> {
            try (LocalStore session = store.session()) {
                session.addTempRoots(wanted);
                substituters.fetch(session, wanted, fetch);
                fetches.remove(wanted, fetch);
                fetch.done.complete(null);
            } catch (Throwable e) {
                fetches.remove(wanted, fetch);
                fetch.done.completeExceptionally(e);
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

    private void await(Fetch fetch, List<StorePath> packages, Deadline deadline) {
        try {
            fetch.done.get(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS)), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new CsiException(
                    Status.Code.DEADLINE_EXCEEDED,
                    "still fetching the closure of " + store.storeDir().print(packages.getFirst()) + " from "
                            + substituters + ": " + fetch + "; the fetch goes on, call again",
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

    /** Ends the fetches under way and closes the stores that are fetched from. */
    @Override
    public void close() {
        workers.forEach(Thread::interrupt);
        substituters.close();
    }
}
