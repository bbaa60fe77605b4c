package dev.berth.node.nri.ttrpc;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Work that nobody waits for longer than a limit. */
public final class Bounded {
    private Bounded() {}

    /**
     * Runs work on a thread of its own.
     *
     * @throws TimeoutException if it did not end within the limit; its thread is interrupted, and may go on
     * @throws ExecutionException with what the work threw
     * @throws InterruptedException if the caller is interrupted; then so is the work
     */
    public static <T> T run(Duration limit, Callable<T> work)
            throws TimeoutException, ExecutionException, InterruptedException {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual().name("nri-call").start(task);
        try {
            return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            task.cancel(true);
        }
    }
}
