package dev.berth.deploy.wait;

import java.io.InterruptedIOException;
import java.time.Duration;

/** A moment after which nobody waits any more, by a clock that nobody sets. */
public final class Deadline {
    private final long at;

    private Deadline(long at) {
        this.at = at;
    }

    /** The moment so far away. */
    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** The earlier one of this and the one so far away. */
    public Deadline atMost(Duration time) {
        Deadline other = in(time);
        return other.at - at < 0 ? other : this;
    }

    /** What is left; never negative. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, at - System.nanoTime()));
    }

    /** Whether it has passed. */
    public boolean over() {
        return left().isZero();
    }

    /**
     * Sleeps, but not beyond it.
     *
     * @throws InterruptedIOException if the thread is interrupted, which it stays
     */
    public void pause(Duration time) throws InterruptedIOException {
        Duration left = left();
        try {
            Thread.sleep(time.compareTo(left) < 0 ? time : left);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** What to throw where a thread is interrupted, which it stays. */
    static InterruptedIOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting");
        interrupted.initCause(e);
        return interrupted;
    }
}
