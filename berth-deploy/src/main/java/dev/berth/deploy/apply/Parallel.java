package dev.berth.deploy.apply;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** Does something to many things at once, but not to too many. */
final class Parallel {
    private Parallel() {}

    /** What to do to each. */
    @FunctionalInterface
    interface Work<A, B> {
        /** Does it. */
        B of(A item) throws IOException;
    }

    /** The results in the order of the items. @throws IOException the first failure in that order; the others are waited for */
    static <A, B> List<B> map(List<A> items, int concurrency, Work<A, B> work) throws IOException {
        Semaphore free = new Semaphore(concurrency);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<B>> running = new ArrayList<>();
            for (A item : items) {
                free.acquire();
                running.add(threads.submit(() -> {
                    try {
                        return work.of(item);
                    } finally {
                        free.release();
                    }
                }));
            }
            List<B> results = new ArrayList<>();
            for (Future<B> result : running) {
                results.add(result.get());
            }
            return results;
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    /** What to throw where a deployment's thread is interrupted, which it stays. */
    static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return (IOException) new InterruptedIOException("the deployment was interrupted").initCause(e);
    }

    /** What the work of another thread failed with; thrown if it is no {@link IOException}. */
    static IOException failure(ExecutionException e) {
        return switch (e.getCause()) {
            case IOException io -> io;
            case RuntimeException fault -> throw fault;
            case Error error -> throw error;
            case null, default -> throw new IllegalStateException(e);
        };
    }
}
