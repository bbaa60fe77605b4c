package dev.berth.gateway;

import dev.berth.wire.LogSink;
import dev.berth.wire.RemoteException;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.TrustedFlag;
import java.util.List;
import java.util.Set;

/** A store whose sessions end with a reason, so that a client can say why. */
record RefusingService(StoreService store, String reason) implements ForwardingService {
    @Override
    public Set<String> features() {
        return Set.of();
    }

    @Override
    public TrustedFlag trustedFlag(boolean trusted) {
        return TrustedFlag.NOT_TRUSTED;
    }

    @Override
    public StoreOperations open(boolean trusted, LogSink log) {
        throw new RemoteException(reason, 0, List.of(), false);
    }
}
