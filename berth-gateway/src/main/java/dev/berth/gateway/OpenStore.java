package dev.berth.gateway;

import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The store that all sessions share. Opened when the first session comes, and again when its directories were replaced
 * meanwhile, as Nix's daemon opens a store for each client: who removes and makes anew a store finds it served. Any thread.
 */
final class OpenStore implements AutoCloseable {
    private final LocalStoreConfig config;
    private final LocalNars nars;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicLong deletions = new AtomicLong();
    private Optional<Shared> current = Optional.empty();

    OpenStore(LocalStoreConfig config) {
        this.config = config;
        this.nars = new LocalNars(config);
    }

    private final class Shared {
        private final LocalStore store = LocalStore.open(config);
        private int users;
        private boolean last;

        void closeIfUnused() {
            if (last && users == 0) {
                store.close();
            }
        }
    }

    /** A store with temporary roots of its own. */
    final class Lease implements AutoCloseable {
        private final Shared shared;
        private final LocalStore session;
        private boolean closed;

        private Lease(Shared shared) {
            this.shared = shared;
            this.session = shared.store.session();
            shared.users++;
        }

        LocalStore store() {
            return session;
        }

        /** Tells the NAR of a path, as {@link LocalStore#nar}. */
        void nar(StorePath path, NarSink sink) {
            nars.tell(session, path, sink);
        }

        /** To be called when paths may have become invalid by what was done. */
        void deleted() {
            deletions.incrementAndGet();
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (!closed) {
                    closed = true;
                    session.close();
                    shared.users--;
                    shared.closeIfUnused();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** How often paths may have become invalid by what this process did. */
    long deletions() {
        return deletions.get();
    }

    LocalStoreConfig config() {
        return config;
    }

    /** How NARs are told. */
    LocalNars nars() {
        return nars;
    }

    Lease lease() {
        lock.lock();
        try {
            if (current.isPresent() && !current.get().store.isThere()) {
                retire();
            }
            if (current.isEmpty()) {
                current = Optional.of(new Shared());
            }
            return new Lease(current.get());
        } finally {
            lock.unlock();
        }
    }

    /** How many use the store now. */
    int users() {
        lock.lock();
        try {
            return current.map(shared -> shared.users).orElse(0);
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

    /** Closes the store when its last session has ended. */
    @Override
    public void close() {
        nars.close();
        lock.lock();
        try {
            retire();
        } finally {
            lock.unlock();
        }
    }
}
