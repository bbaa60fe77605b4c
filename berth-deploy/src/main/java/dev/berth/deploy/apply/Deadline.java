package dev.berth.deploy.apply;

import java.io.InterruptedIOException;
import java.time.Duration;

/** A moment after which nobody waits any more, by a clock that nobody sets. */
final class Deadline {
    private final long at;

    private Deadline(long at) {
        this.at = at;
    }

    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** The earlier one of this and the one so far away. */
    Deadline atMost(Duration time) {
        Deadline other = in(time);
        return other.at - at < 0 ? other : this;
    }

    /** What is left; never negative. */
    Duration left() {
        return Duration.ofNanos(Math.max(0, at - System.nanoTime()));
    }

    boolean over() {
        return left().isZero();
    }

    /** Sleeps, but not beyond it. */
    void pause(Duration time) throws InterruptedIOException {
        Duration left = left();
        try {
            Thread.sleep(time.compareTo(left) < 0 ? time : left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (InterruptedIOException) new InterruptedIOException("the deployment was interrupted").initCause(e);
        }
    }
}
