package dev.berth.gateway;

import dev.berth.nix.StoreDir;
import dev.berth.wire.StoreService;
import java.util.Set;

/** A store as another one is served in some other way: what it is, it says itself. */
interface ForwardingService extends StoreService {
    /** The store that is served. */
    StoreService store();

    @Override
    default StoreDir storeDir() {
        return store().storeDir();
    }

    @Override
    default String nixVersion() {
        return store().nixVersion();
    }

    @Override
    default Set<String> features() {
        return store().features();
    }
}
