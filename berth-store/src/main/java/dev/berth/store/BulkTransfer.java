package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.store.daemon.DaemonStore;
import dev.berth.wire.PathStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sends paths to a daemon in batches, several connections at once: a request for each path would cost a wait for each
 * answer. A batch is made of paths whose references are valid already or before them in the batch.
 */
final class BulkTransfer<T> {
    private static final int PATHS = 200;
    private static final long BYTES = 64L << 20;

    private final Origin<T> origin;
    private final Map<StorePath, T> offers;
    private final DaemonStore to;
    private final int threads;
    private final CopyProgress progress;
    private final ReentrantLock lock = new ReentrantLock();

    /** How many references a path waits for, while it waits; under the lock, as the next two. */
    private final Map<StorePath, Integer> waiting = new HashMap<>();

    private final Map<StorePath, List<StorePath>> dependents = new HashMap<>();
    private final Deque<StorePath> ready = new ArrayDeque<>();

    private long copied;
    private long bytes;

    BulkTransfer(Origin<T> origin, Map<StorePath, T> offers, DaemonStore to, int parallelism, CopyProgress progress) {
        this.origin = origin;
        this.offers = Map.copyOf(offers);
        this.to = to;
        this.threads = Math.min(parallelism, to.connections());
        this.progress = progress;
    }

    /** @throws StoreException for the first path that can't be sent; batches that went through stay */
    ClosureCopy.Result run() throws InterruptedException {
        for (StorePath path : offers.keySet()) {
            int missing = 0;
            for (StorePath reference : info(path).references()) {
                if (!reference.equals(path) && offers.containsKey(reference)) {
                    dependents
                            .computeIfAbsent(reference, _ -> new ArrayList<>())
                            .add(path);
                    missing++;
                }
            }
            if (missing == 0) {
                ready.add(path);
            } else {
                waiting.put(path, missing);
            }
        }
        // Each ticket is for one batch of whatever is ready; one too many finds nothing.
        WorkQueue<Integer> tickets = new WorkQueue<>("berth-send");
        for (int i = 0; i < Math.min(threads, ready.size()); i++) {
            tickets.put(i);
        }
        tickets.run(threads, ticket -> {
            List<PathInfo> batch = batch();
            if (!batch.isEmpty()) {
                to.addAll(new Batch(batch));
                int more = Math.min(threads, done(batch));
                for (int i = 0; i < more; i++) {
                    tickets.put(i);
                }
            }
        });
        if (copied != offers.size()) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "cannot copy to " + to.uri() + ": " + (offers.size() - copied)
                            + " paths refer to each other in a circle");
        }
        return new ClosureCopy.Result(copied, bytes);
    }

    private T offer(StorePath path) {
        T offer = offers.get(path);
        if (offer == null) {
            throw new IllegalStateException("no offer of " + path);
        }
        return offer;
    }

    private PathInfo info(StorePath path) {
        return origin.info(offer(path));
    }

    /** Takes a fair share of what is ready, and what needs nothing but that. */
    private List<PathInfo> batch() {
        lock.lock();
        try {
            int share = Math.clamp((ready.size() + threads - 1) / threads, 1, PATHS);
            List<PathInfo> batch = new ArrayList<>();
            Map<StorePath, Integer> met = new HashMap<>();
            Deque<StorePath> freed = new ArrayDeque<>();
            long size = 0;
            while (size < BYTES && batch.size() < PATHS) {
                boolean fresh = batch.size() < share && !ready.isEmpty();
                if (!fresh && freed.isEmpty()) {
                    break;
                }
                StorePath path = fresh ? ready.remove() : freed.remove();
                waiting.remove(path);
                batch.add(info(path));
                size += info(path).narSize();
                for (StorePath dependent : dependents.getOrDefault(path, List.of())) {
                    if (met.merge(dependent, 1, Integer::sum).equals(waiting.get(dependent))) {
                        freed.add(dependent);
                    }
                }
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Notes that paths are valid now, and gives how many batches are worth making. */
    private int done(List<PathInfo> batch) {
        lock.lock();
        try {
            Set<StorePath> paths = new HashSet<>();
            for (PathInfo info : batch) {
                paths.add(info.path());
                copied++;
                bytes += info.narSize();
            }
            for (StorePath path : paths) {
                for (StorePath dependent : dependents.getOrDefault(path, List.of())) {
                    Integer left = waiting.computeIfPresent(dependent, (_, count) -> count - 1);
                    if (left != null && left == 0) {
                        waiting.remove(dependent);
                        ready.add(dependent);
                    }
                }
            }
            return ready.size();
        } finally {
            lock.unlock();
        }
    }

    /** Carries what the receiver threw to where it may be thrown. */
    private static final class Refused extends RuntimeException {
        private final transient IOException failure;

        Refused(IOException failure) {
            super(failure);
            this.failure = failure;
        }
    }

    /** The paths of one batch with their contents. */
    private final class Batch implements PathStream {
        private final List<PathInfo> infos;

        Batch(List<PathInfo> infos) {
            this.infos = infos;
        }

        @Override
        public long count() {
            return infos.size();
        }

        @Override
        public void sendTo(Receiver receiver) throws IOException {
            try {
                for (PathInfo info : infos) {
                    origin.transfer(
                            offer(info.path()),
                            (sent, nar) -> {
                                try {
                                    receiver.path(sent, nar);
                                } catch (IOException e) {
                                    throw new Refused(e);
                                }
                            },
                            progress);
                }
            } catch (Refused e) {
                throw e.failure;
            }
        }
    }
}
