package dev.berth.gateway;

import dev.berth.nix.StoreDir;
import dev.berth.store.usage.UsageRecorder;
import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.TrustedFlag;
import java.util.Set;

/** A store whose sessions tell which paths they use. */
record RecordingService(StoreService store, UsageRecorder usage) implements StoreService {
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
        return store.trustedFlag(trusted);
    }

    @Override
    public StoreOperations open(boolean trusted, LogSink log) {
        return new RecordingOperations(store.open(trusted, log), usage);
    }
}
