package dev.berth.store.daemon;

import dev.berth.store.Store;
import dev.berth.store.StoreContract;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A store behind the real nix-daemon does what every store does. */
final class NixDaemonContractTest extends StoreContract {
    private @Nullable RealDaemon daemon;

    @Override
    protected Store open() {
        daemon = RealDaemon.start(directory);
        return Stores.open(daemon.uri(), StoreSettings.DEFAULT);
    }

    @AfterEach
    void verifyAndStop() {
        if (daemon != null) {
            daemon.close();
            daemon.nix().verifies(daemon.nix().uri());
        }
    }
}
