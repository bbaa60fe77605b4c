package dev.berth.gateway;

import dev.berth.wire.StoreOperations;

/** A local store through the worker protocol. */
final class WireTest extends LocalContract {
    @Override
    StoreOperations open(boolean trusted) {
        return served(service(), trusted);
    }
}
