package dev.berth.gateway;

import dev.berth.store.usage.UsageRecorder;
import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.TrustedFlag;

/** A store whose sessions tell which paths they use. */
record RecordingService(StoreService store, UsageRecorder usage) implements ForwardingService {
    @Override
    public TrustedFlag trustedFlag(boolean trusted) {
        return store.trustedFlag(trusted);
    }

    @Override
    public StoreOperations open(boolean trusted, LogSink log) {
        return new RecordingOperations(store.open(trusted, log), usage);
    }
}
