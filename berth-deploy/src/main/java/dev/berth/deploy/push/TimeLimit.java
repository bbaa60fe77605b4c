package dev.berth.deploy.push;

import dev.berth.store.StoreException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Work that is to end in time: a host that drops packets lets nobody know. */
final class TimeLimit {
    /** What work gets to end in when it is told to. */
    private static final Duration END = Duration.ofSeconds(5);

    private TimeLimit() {}

    /**
     * Runs the work on a thread of its own, which is interrupted when the time is up or this thread is interrupted. Work
     * that does not heed that is left behind on a daemon thread.
     *
     * @param left what there is of the time
     * @param whole the time that was given, for the message
     * @param what it is, in the words of an error, such as {@code pushing to ssh://cache}
     * @throws StoreException that the work threw; of kind {@code UNAVAILABLE} when the time is up
     */
    static <T> T run(Duration left, Duration whole, String what, Supplier<T> work) {
        FutureTask<T> task = new FutureTask<>(work::get);
        Thread thread = Thread.ofPlatform().daemon().name("berth-push").start(task);
        try {
            return task.get(left.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        } catch (TimeoutException e) {
            end(thread);
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE,
                    what + " did not end within the " + whole.toSeconds() + " s that it has (cacheTimeoutSec)",
                    e);
        } catch (InterruptedException e) {
            end(thread);
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Kind.FAILED, what + " was interrupted", e);
        }
    }

    private static void end(Thread thread) {
        thread.interrupt();
        try {
            thread.join(END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
