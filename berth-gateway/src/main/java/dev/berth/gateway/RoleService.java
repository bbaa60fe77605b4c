package dev.berth.gateway;

import dev.berth.nix.StoreDir;
import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.TrustedFlag;
import java.util.Set;

/** A store as a reader gets it: every session is untrusted and changes nothing. */
final class RoleService implements StoreService {
    private final StoreService store;

    private RoleService(StoreService store) {
        this.store = store;
    }

    /** The store as it is served to clients of a role. */
    static StoreService of(StoreService store, Role role) {
        return switch (role) {
            case READER -> new RoleService(store);
            // Which of these two it is, the session tells the store.
            case WRITER, ADMIN -> store;
        };
    }

    @Override
    public StoreDir storeDir() {
        return store.storeDir();
    }

    @Override
    public String nixVersion() {
        return store.nixVersion();
    }

    @Override
    public Set<String> features() {
        return store.features();
    }

    @Override
    public TrustedFlag trustedFlag(boolean trusted) {
        return store.trustedFlag(false);
    }

    @Override
    public StoreOperations open(boolean trusted, LogSink log) {
        return new ReaderOperations(store.open(false, log));
    }
}
