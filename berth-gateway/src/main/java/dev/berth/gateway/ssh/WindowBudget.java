package dev.berth.gateway.ssh;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that all clients together may fill by sending faster than the store takes it. A channel's window is its
 * promise to take so many bytes: the first channels get a large one, and each gets less the less is left. Any thread.
 */
final class WindowBudget {
    /** As large as OpenSSH's own. */
    static final int LARGEST = 2 << 20;

    /** Two packets. */
    static final int SMALLEST = 128 << 10;

    private final AtomicLong left;

    /** @param total bytes */
    WindowBudget(long total) {
        left = new AtomicLong(total);
    }

    /** A quarter of the heap. */
    static WindowBudget ofHeap() {
        return new WindowBudget(Runtime.getRuntime().maxMemory() / 4);
    }

    /** Takes a window's size, {@link #SMALLEST} to {@link #LARGEST}. The smallest is given even when nothing is left. */
    int take() {
        long before = left.get();
        int size = Math.clamp(before / 4, SMALLEST, LARGEST);
        left.addAndGet(-size);
        return size;
    }

    /** Gives one back. */
    void giveBack(int size) {
        left.addAndGet(size);
    }
}
