package dev.berth.gateway;

import dev.berth.nix.StoreDir;
import dev.berth.store.Store;
import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.TrustedFlag;
import java.util.Set;

/** Serves a store that can be read and added to, and nothing else. */
record StoreProxy(Store store, ServiceSettings settings) implements StoreService {
    @Override
    public StoreDir storeDir() {
        return store.storeDir();
    }

    @Override
    public String nixVersion() {
        return settings.nixVersion();
    }

    @Override
    public Set<String> features() {
        return Set.of();
    }

    @Override
    public TrustedFlag trustedFlag(boolean trusted) {
        return trusted ? TrustedFlag.TRUSTED : TrustedFlag.NOT_TRUSTED;
    }

    @Override
    public StoreOperations open(boolean trusted, LogSink log) {
        SessionLog sessionLog = new SessionLog(log);
        return new StoreSession(store, trusted, new SessionSettings(settings, trusted, sessionLog));
    }
}
