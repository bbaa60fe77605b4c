package dev.berth.gateway.http;

import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/**
 * How long a client may keep the thread that serves it waiting during one body: for each step, and for all of them in
 * proportion to what it has sent or taken. One thread.
 */
final class Patience {
    private final long stall;
    private final double nanosPerByte;
    private long waited;

    Patience(HttpConfig.Limits limits) {
        this.stall = limits.stall().toNanos();
        this.nanosPerByte = (double) TimeUnit.SECONDS.toNanos(1) / limits.rate();
    }

    /** How long a client may take for so many bytes that wait to be taken. */
    static long nanosFor(HttpConfig.Limits limits, long bytes) {
        return limits.stall().toNanos() + (long) (bytes * ((double) TimeUnit.SECONDS.toNanos(1) / limits.rate()));
    }

    /**
     * Waits once, and perhaps for nothing, for the client to do something.
     *
     * @param moved how many bytes it has sent, or taken, so far
     * @return false if its time is over
     */
    @SuppressWarnings("WaitNotInLoop") // the caller has the loop
    boolean await(Condition changed, long moved) throws InterruptedIOException {
        long left = Math.min(stall, stall + (long) (moved * nanosPerByte) - waited);
        long start = System.nanoTime();
        try {
            return left > 0 && changed.awaitNanos(left) > 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for a client");
            interrupted.initCause(e);
            throw interrupted;
        } finally {
            waited += System.nanoTime() - start;
        }
    }
}
