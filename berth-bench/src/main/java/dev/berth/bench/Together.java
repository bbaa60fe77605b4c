package dev.berth.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Calls that are made at once, each on a thread of its own. */
final class Together {
    private Together() {}

    /**
     * Makes all and waits for them.
     *
     * @param executor makes the threads, and is closed
     * @return what they gave, in order
     * @throws IOException if one fails
     */
    static <T> List<T> call(List<Callable<T>> calls, ExecutorService executor)
            throws IOException, InterruptedException {
        List<T> results = new ArrayList<>();
        try (ExecutorService threads = executor) {
            for (Future<T> future : threads.invokeAll(calls)) {
                results.add(future.get());
            }
        } catch (ExecutionException e) {
            throw new IOException("a client failed: " + e.getCause(), e);
        }
        return results;
    }
}
