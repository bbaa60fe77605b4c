package dev.berth.gateway;

import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
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
    private Optional<Counted<LocalStore>> current = Optional.empty();

    /** @param keptNars how many bytes of NARs are kept at most */
    OpenStore(LocalStoreConfig config, long keptNars) {
        this.config = config;
        this.nars = new LocalNars(config, keptNars);
    }

    /** A store with temporary roots of its own. */
    final class Lease implements AutoCloseable {
        private final Counted<LocalStore> shared;
        private final LocalStore session;
        private final AtomicBoolean closed = new AtomicBoolean();

        /** @param shared retained for this */
        private Lease(Counted<LocalStore> shared) {
            this.shared = shared;
            this.session = shared.value().session();
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
            if (!closed.getAndSet(true)) {
                session.close();
                shared.release();
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
            if (current.isPresent() && !current.get().value().isThere()) {
                retire();
            }
            if (current.isEmpty()) {
                LocalStore opened = LocalStore.open(config);
                current = Optional.of(new Counted<>(opened, opened::close));
            }
            Counted<LocalStore> shared = current.get();
            boolean _ = shared.retain(); // the owner, which is this, has not let it go
            return leaseOf(shared);
        } finally {
            lock.unlock();
        }
    }

    private Lease leaseOf(Counted<LocalStore> shared) {
        boolean good = false;
        try {
            Lease lease = new Lease(shared);
            good = true;
            return lease;
        } finally {
            if (!good) {
                shared.release();
            }
        }
    }

    /** How many use the store now. */
    int users() {
        lock.lock();
        try {
            return current.map(Counted::users).orElse(0);
        } finally {
            lock.unlock();
        }
    }

    private void retire() {
        current.ifPresent(Counted::release);
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
