package dev.berth.store.cache;

import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/** Asks a server for many paths, several at once. */
final class Together {
    private final int width;

    /** @param width how many requests run at once, at least 1 */
    Together(int width) {
        this.width = width;
    }

    /**
     * Those of the paths for which a question is answered by yes.
     *
     * @throws StoreException that a question threw; no new question is asked after it
     */
    Set<StorePath> filter(Collection<StorePath> paths, Predicate<StorePath> question) {
        Queue<StorePath> left = new ConcurrentLinkedQueue<>(paths);
        List<Future<Set<StorePath>>> asking = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < Math.min(width, paths.size()); i++) {
                asking.add(threads.submit(() -> ask(left, question)));
            }
            Set<StorePath> all = new HashSet<>();
            for (Future<Set<StorePath>> answer : asking) {
                all.addAll(answer.get());
            }
            return all;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            asking.forEach(future -> future.cancel(true));
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Kind.FAILED, "interrupted while asking for paths", e);
        }
    }

    private static Set<StorePath> ask(Queue<StorePath> left, Predicate<StorePath> question) {
        Set<StorePath> yes = new HashSet<>();
        try {
            for (StorePath path = left.poll(); path != null; path = left.poll()) {
                if (question.test(path)) {
                    yes.add(path);
                }
            }
            return yes;
        } catch (RuntimeException e) {
            left.clear();
            throw e;
        }
    }
}
