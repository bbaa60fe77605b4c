package dev.berth.store.cache;

import dev.berth.store.Store;
import dev.berth.store.StoreContract;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.testing.S3Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A cache in a bucket does what every store does. */
final class S3StoreContractTest extends StoreContract {
    private @Nullable S3Server server;

    @Override
    protected Store open() {
        S3Server started = new S3Server(directory);
        server = started;
        return Stores.open(started.uri() + "&compression=zstd", StoreSettings.DEFAULT);
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }
}
