package dev.berth.gateway;

import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.store.local.LocalStore;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Leases of a store that many short readers share, as temporary roots of its own cost each of them a file. A lease is given
 * out for some seconds, and ends with the last of its readers, but not before as many seconds have gone by again: who was
 * told of a path finds it for so long, in which its use is written down. Any thread.
 */
final class ReadLeases implements AutoCloseable {
    private static final long NANOS = 15_000_000_000L;

    private final OpenStore store;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Counted<OpenStore.Lease>> current = Optional.empty();
    private Optional<Counted<OpenStore.Lease>> before = Optional.empty();
    private long until;

    ReadLeases(OpenStore store) {
        this.store = store;
    }

    /** A reader's part of a lease. One thread. */
    static final class Hold implements AutoCloseable {
        private final Counted<OpenStore.Lease> shared;
        private boolean closed;

        /** @param shared retained for this */
        private Hold(Counted<OpenStore.Lease> shared) {
            this.shared = shared;
        }

        LocalStore store() {
            return shared.value().store();
        }

        /** Tells the NAR of a path, as {@link LocalStore#nar}. */
        void nar(StorePath path, NarSink sink) {
            shared.value().nar(path, sink);
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                shared.release();
            }
        }
    }

    Hold take() {
        lock.lock();
        try {
            if (current.isPresent() && System.nanoTime() - until >= 0) {
                turn();
            }
            if (current.isEmpty()) {
                OpenStore.Lease lease = store.lease();
                current = Optional.of(new Counted<>(lease, lease::close));
                until = System.nanoTime() + NANOS;
            }
            boolean _ = current.get().retain(); // the owner, which is this, has not let it go
            return new Hold(current.get());
        } finally {
            lock.unlock();
        }
    }

    private void turn() {
        before.ifPresent(Counted::release);
        before = current;
        current = Optional.empty();
    }

    /** Ends the leases when their readers have. */
    @Override
    public void close() {
        lock.lock();
        try {
            turn();
            turn();
        } finally {
            lock.unlock();
        }
    }
}
