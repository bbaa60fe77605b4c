package dev.berth.gateway;

import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.TrustedFlag;

/** A store as a reader gets it: every session is untrusted and changes nothing. */
record RoleService(StoreService store) implements ForwardingService {
    /** The store as it is served to clients of a role. */
    static StoreService of(StoreService store, Role role) {
        return switch (role) {
            case READER -> new RoleService(store);
            // Which of these two it is, the session tells the store.
            case WRITER, ADMIN -> store;
        };
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
