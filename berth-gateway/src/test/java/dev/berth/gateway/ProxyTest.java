package dev.berth.gateway;

import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.wire.StoreOperations;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

/** A local store through the worker protocol, a proxy, and the worker protocol again. */
final class ProxyTest extends LocalContract {
    private Optional<ProxyService> proxy = Optional.empty();

    @Override
    StoreOperations open(boolean trusted) {
        if (proxy.isEmpty()) {
            // What a daemon's store is called and where its store dir is, as nobody asks more of it here.
            LocalStore named = LocalStore.open(LocalStoreConfig.root(nix.root()));
            proxy = Optional.of(ProxyService.ofDaemon(
                    named, () -> connect(service(), true), ServiceSettings.DEFAULT.withNixVersion("0")));
        }
        return served(proxy.get(), trusted);
    }

    @AfterEach
    void closeProxy() {
        proxy.ifPresent(ProxyService::close);
    }
}
