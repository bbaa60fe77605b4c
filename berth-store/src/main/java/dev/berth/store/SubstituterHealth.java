package dev.berth.store;

import java.time.Duration;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * How a substituter answered lately. One that fails is left alone for a while, so that each of thousands of paths does not
 * wait for it; then one question is let through, and if that fails, too, the next while is twice as long. One that is
 * slow is not left alone, but asked after the others. Thread-safe.
 */
final class SubstituterHealth {
    /** How many answers are remembered. */
    static final int WINDOW = 64;

    /** From so many answers on, most of them decide. */
    static final int LEAST = 7;

    /** So many failures without an answer between them decide at once. */
    static final int STREAK = 4;

    static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private final ReentrantLock lock = new ReentrantLock();
    private final LongSupplier clock;
    private final BitSet failures = new BitSet(WINDOW);
    private int next;
    private int count;
    private int streak;
    private Pause down = Pause.NONE;
    private Pause slow = Pause.NONE;

    /**
     * How long something is not done.
     *
     * @param nanos how long the pause is; 0 for none
     * @param until when it ends, by the clock
     * @param why what it said last
     */
    private record Pause(long nanos, long until, Optional<StoreException> why) {
        static final Pause NONE = new Pause(0, 0, Optional.empty());

        boolean isOn() {
            return nanos > 0;
        }

        Pause longer(long now, Optional<StoreException> reason) {
            long longer = Math.clamp(nanos * 2, FIRST_PAUSE.toNanos(), LONGEST_PAUSE.toNanos());
            return new Pause(longer, now + longer, reason);
        }

        Pause again(long now) {
            return new Pause(nanos, now + nanos, why);
        }
    }

    /** @param clock in nanoseconds, from anywhere */
    SubstituterHealth(LongSupplier clock) {
        this.clock = clock;
    }

    /** It answered, be it that it lacks a path. */
    void answered(boolean inTime) {
        lock.lock();
        try {
            remember(false);
            streak = 0;
            if (down.isOn()) {
                down = Pause.NONE;
                failures.clear();
                count = 0;
            }
            if (inTime) {
                slow = Pause.NONE;
            }
        } finally {
            lock.unlock();
        }
    }

    /** It did not answer. */
    void failed(StoreException why) {
        lock.lock();
        try {
            remember(true);
            streak++;
            int failed = failures.cardinality();
            boolean bad = failed == count || streak >= STREAK || (count >= LEAST && 2 * failed > count);
            long now = clock.getAsLong();
            // Questions that were under way when it began to fail say nothing new.
            if (down.isOn() ? now - down.until() >= 0 || streak == 1 : bad) {
                down = down.longer(now, Optional.of(why));
            }
        } finally {
            lock.unlock();
        }
    }

    /** It has not answered in time yet. */
    void late() {
        lock.lock();
        try {
            long now = clock.getAsLong();
            if (now - slow.until() >= 0 || !slow.isOn()) {
                slow = slow.longer(now, Optional.empty());
            }
        } finally {
            lock.unlock();
        }
    }

    private void remember(boolean failure) {
        failures.set(next, failure);
        next = (next + 1) % WINDOW;
        count = Math.min(count + 1, WINDOW);
    }

    /** Why it is not to be asked now. When a pause is over, one caller is told to ask, and others wait for the outcome. */
    Optional<StoreException> leftAlone() {
        lock.lock();
        try {
            if (!down.isOn()) {
                return Optional.empty();
            }
            long now = clock.getAsLong();
            if (now - down.until() >= 0) {
                streak = 0;
                down = down.again(now);
                return Optional.empty();
            }
            return down.why();
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is left alone, without being told to ask. */
    boolean isDown() {
        lock.lock();
        try {
            return down.isOn();
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is to be asked after the others. */
    boolean isSlow() {
        lock.lock();
        try {
            return slow.isOn() && clock.getAsLong() - slow.until() < 0;
        } finally {
            lock.unlock();
        }
    }
}
