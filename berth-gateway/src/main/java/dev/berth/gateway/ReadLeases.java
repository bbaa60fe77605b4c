package dev.berth.gateway;

import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.store.local.LocalStore;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Leases of a store that many short readers share, as temporary roots of its own cost each of them a file. A lease is given
 * out for some seconds and ends with the last of its readers: until then nothing that one of them reads is collected. Any
 * thread.
 */
final class ReadLeases implements AutoCloseable {
    private static final long NANOS = 10_000_000_000L;

    private final OpenStore store;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Shared> current = Optional.empty();

    ReadLeases(OpenStore store) {
        this.store = store;
    }

    private final class Shared {
        private final OpenStore.Lease lease = store.lease();
        private final long until = System.nanoTime() + NANOS;
        private int readers;
        private boolean last;

        void closeIfUnused() {
            if (last && readers == 0) {
                lease.close();
            }
        }
    }

    /** A reader's part of a lease. One thread. */
    final class Hold implements AutoCloseable {
        private final Shared shared;
        private boolean closed;

        private Hold(Shared shared) {
            this.shared = shared;
            shared.readers++;
        }

        LocalStore store() {
            return shared.lease.store();
        }

        /** Tells the NAR of a path, as {@link LocalStore#nar}. */
        void nar(StorePath path, NarSink sink) {
            shared.lease.nar(path, sink);
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (!closed) {
                    closed = true;
                    shared.readers--;
                    shared.closeIfUnused();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    Hold take() {
        lock.lock();
        try {
            if (current.isPresent() && System.nanoTime() - current.get().until >= 0) {
                retire();
            }
            if (current.isEmpty()) {
                current = Optional.of(new Shared());
            }
            return new Hold(current.get());
        } finally {
            lock.unlock();
        }
    }

    private void retire() {
        current.ifPresent(shared -> {
            shared.last = true;
            shared.closeIfUnused();
        });
        current = Optional.empty();
    }

    /** Ends the lease when its readers have. */
    @Override
    public void close() {
        lock.lock();
        try {
            retire();
        } finally {
            lock.unlock();
        }
    }
}
