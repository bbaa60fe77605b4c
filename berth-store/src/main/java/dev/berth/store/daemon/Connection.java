package dev.berth.store.daemon;

import dev.berth.wire.StoreOperations;
import java.util.function.Supplier;

/** One connection to a daemon, of either protocol. One user at a time. */
final class Connection {
    private final StoreOperations operations;
    private final Supplier<String> lastWords;
    private final long born = System.nanoTime();
    private boolean used;
    private long idleSince;

    /**
     * @param operations closed with this
     * @param lastWords what the other side said beside the protocol; empty if nothing. To be asked when it failed
     */
    Connection(StoreOperations operations, Supplier<String> lastWords) {
        this.operations = operations;
        this.lastWords = lastWords;
    }

    StoreOperations operations() {
        return operations;
    }

    String lastWords() {
        return lastWords.get();
    }

    /** Whether it served before, so that it may have been closed by the other side since. */
    boolean used() {
        return used;
    }

    void returned() {
        used = true;
        idleSince = System.nanoTime();
    }

    /** Nanoseconds until it is to be closed if nobody uses it; not positive if it is time. */
    long left(PoolLimits limits) {
        long now = System.nanoTime();
        return Math.min(limits.life().toNanos() - (now - born), limits.idle().toNanos() - (now - idleSince));
    }

    void close() {
        operations.close();
    }
}
