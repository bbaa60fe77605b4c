package dev.berth.gateway;

import dev.berth.wire.StoreOperations;

/** A local store with no wire between. */
final class LocalServiceTest extends LocalContract {
    @Override
    StoreOperations open(boolean trusted) {
        return service().open(trusted, said::add);
    }
}
