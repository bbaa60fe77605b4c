package dev.berth.deploy.apply;

import dev.berth.deploy.wait.Deadline;
import dev.berth.kubernetes.ClusterException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Sends requests again while the API server is away, until a deadline. For requests that may be done twice. */
final class Patience {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(2);

    private final Deadline deadline;
    private final Consumer<String> tell;
    private final AtomicBoolean away = new AtomicBoolean();

    /** @param tell told when the server does not answer, once for each time that it is away */
    Patience(Deadline deadline, Consumer<String> tell) {
        this.deadline = deadline;
        this.tell = tell;
    }

    /** A request. */
    @FunctionalInterface
    interface Request<T> {
        /** Sends it. */
        T send() throws IOException;
    }

    Deadline deadline() {
        return deadline;
    }

    /**
     * The answer.
     *
     * @throws ClusterException the server's, or the last failure to reach it before the deadline
     * @throws IOException if the deadline passed while the request was under way
     */
    <T> T call(Request<T> request) throws IOException {
        for (Duration pause = FIRST_PAUSE; ; pause = longer(pause)) {
            try {
                T answer = within(request);
                if (away.getAndSet(false)) {
                    tell.accept("the API server answers again");
                }
                return answer;
            } catch (ClusterException e) {
                if (!isAbsence(e)) {
                    throw e;
                }
                if (!away.getAndSet(true)) {
                    tell.accept("the API server does not answer, trying for "
                            + deadline.left().toSeconds() + " s: " + e.getMessage());
                }
                deadline.pause(pause);
                if (deadline.over()) {
                    throw e;
                }
            }
        }
    }

    /** A request may try for a while by itself; but not beyond the deadline. */
    private <T> T within(Request<T> request) throws IOException {
        FutureTask<T> task = new FutureTask<>(request::send);
        Thread thread = Thread.ofVirtual().start(task);
        try {
            return task.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new IOException("the time is over, and the API server has not answered", e);
        } catch (InterruptedException e) {
            thread.interrupt();
            throw Parallel.interrupted(e);
        } catch (ExecutionException e) {
            throw Parallel.failure(e);
        }
    }

    /** What has no answer from the server's side; its answers that it failed are answers. */
    private static boolean isAbsence(ClusterException e) {
        return switch (e.kind()) {
            case UNREACHABLE, TIMEOUT, TOO_MANY_REQUESTS -> true;
            default -> false;
        };
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LAST_PAUSE) < 0 ? twice : LAST_PAUSE;
    }
}
