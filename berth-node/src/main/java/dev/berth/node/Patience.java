package dev.berth.node;

import dev.berth.node.csi.CsiException;
import dev.berth.node.events.Reason;
import dev.berth.store.StoreException;
import io.grpc.Deadline;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * How long somebody waits for work that others may want, too.
 *
 * @param allowed how long in all, as messages name it
 * @param limit when that is over
 * @param givenUp completed when nobody waits any more: it ends the waiting at once
 * @param told is told what is being waited for
 */
record Patience(Duration allowed, Deadline limit, CompletableFuture<?> givenUp, Watcher told) {
    private static final Duration TICK = Duration.ofSeconds(1);

    /** Is told how the waiting goes on, by the thread that waits. */
    interface Watcher {
        /**
         * It begins to wait for something.
         *
         * @param reason under which events tell of it
         * @param state what it is at; can be asked at any time
         */
        void waitsFor(Reason reason, Supplier<String> state);

        /** It still waits, a second later. */
        default void stillWaits() {}
    }

    /** One that begins now. */
    static Patience of(Duration allowed, CompletableFuture<?> givenUp, Watcher told) {
        return new Patience(allowed, Deadline.after(allowed.toMillis(), TimeUnit.MILLISECONDS), givenUp, told);
    }

    /** Whether there is no point in trying anything else. */
    boolean isOver() {
        return limit.isExpired() || givenUp.isDone();
    }

    /**
     * The outcome of work.
     *
     * @param reason under which events tell of it
     * @param state what it is at, for messages
     * @throws CsiException DEADLINE_EXCEEDED if the time is over, ABORTED if it was given up, or as the work failed
     * @throws StoreException as the work failed
     */
    <R> R await(CompletableFuture<R> done, Reason reason, Supplier<String> state) {
        told.waitsFor(reason, state);
        CompletableFuture<Boolean> either =
                CompletableFuture.anyOf(done, givenUp).handle((_, _) -> true);
        try {
            while (!isDone(either)) {
                if (limit.isExpired()) {
                    throw new CsiException(
                            Status.Code.DEADLINE_EXCEEDED,
                            "given up after " + words(allowed)
                                    + " (--fetch-timeout, or fetchTimeout of the volume) while " + state.get()
                                    + "; the next try goes on with what is there");
                }
                told.stillWaits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CsiException(Status.Code.CANCELLED, "the agent is being stopped", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        if (!done.isDone()) {
            throw new CsiException(Status.Code.ABORTED, "given up, as the volume is unpublished, while " + state.get());
        }
        return outcome(done);
    }

    /** Waits for a tick at most. */
    private boolean isDone(CompletableFuture<Boolean> either) throws InterruptedException, ExecutionException {
        long left = Math.max(0, limit.timeRemaining(TimeUnit.NANOSECONDS));
        try {
            return either.get(Math.min(left, TICK.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return false;
        }
    }

    /** What work that has ended came to, with exceptions of this thread's own. */
    static <R> R outcome(CompletableFuture<R> done) {
        try {
            return done.get();
        } catch (InterruptedException e) {
            throw new IllegalStateException("it has ended", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case StoreException known -> throw new StoreException(known.kind(), known.getMessage(), known);
                case CsiException known ->
                    throw new CsiException(known.code(), String.valueOf(known.getMessage()), known);
                case null, default -> throw new IllegalStateException(String.valueOf(e.getCause()), e);
            }
        }
    }

    /** A duration as people say it. */
    static String words(Duration duration) {
        long seconds = Math.max(1, duration.toSeconds());
        return seconds < 120 || seconds % 60 != 0 ? seconds + " s" : seconds / 60 + " minutes";
    }
}
