package dev.berth.node;

import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.PublishRequest;
import dev.berth.node.events.PodEvents;
import dev.berth.node.events.Reason;
import io.grpc.Deadline;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** One publish under way, which belongs to the agent; calls wait for it, and come again. */
final class Publish implements Patience.Watcher {
    private final PublishRequest request;
    private final String lastFailure;
    private final PodEvents events;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> givenUp = new CompletableFuture<>();
    private final Patience patience;
    private volatile Supplier<String> state = () -> "waiting for another call for its target";
    /** Of the event that tells the state; for the thread that waits. */
    private Reason reason = Reason.FETCH;
    /** Under the lock of {@link Publishes}. */
    private int waiting;

    /**
     * @param lastFailure why the try before this one failed, if nobody was told; else empty
     * @param events are told how far it is
     */
    Publish(PublishRequest request, Duration allowed, String lastFailure, PodEvents events) {
        this.request = request;
        this.lastFailure = lastFailure;
        this.events = events;
        this.patience = Patience.of(allowed, givenUp, this);
    }

    PublishRequest request() {
        return request;
    }

    /** How long it may wait for what it needs, and whether it is still wanted. */
    Patience patience() {
        return patience;
    }

    @Override
    public void waitsFor(Reason told, Supplier<String> what) {
        reason = told;
        state = what;
    }

    @Override
    public void stillWaits() {
        events.progress(request.pod(), reason, state.get());
    }

    /** From now on nobody wants it: what it waits for it waits for no longer. */
    void giveUp() {
        givenUp.complete(null);
    }

    boolean isGivenUp() {
        return givenUp.isDone();
    }

    CompletableFuture<Void> ended() {
        return ended;
    }

    void joined(int by) {
        waiting += by;
    }

    boolean isWaitedFor() {
        return waiting > 0;
    }

    /**
     * Waits for its end, however it ends.
     *
     * @throws CsiException DEADLINE_EXCEEDED when the caller stops waiting before that
     */
    void awaitEnd(Deadline call) {
        try {
            ended.handle((_, _) -> true)
                    .get(Math.max(0, call.timeRemaining(TimeUnit.NANOSECONDS)), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new CsiException(
                    Status.Code.DEADLINE_EXCEEDED,
                    "still " + state.get() + "; it goes on, call again"
                            + (lastFailure.isEmpty() ? "" : " (the try before this one failed: " + lastFailure + ")"),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CsiException(Status.Code.CANCELLED, "the agent is being stopped", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
