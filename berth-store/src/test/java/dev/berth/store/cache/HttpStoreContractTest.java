package dev.berth.store.cache;

import dev.berth.store.Store;
import dev.berth.store.StoreContract;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A cache on a web server that takes uploads does what every store does, once it is prepared. */
final class HttpStoreContractTest extends StoreContract {
    private @Nullable UploadServer server;

    @Override
    protected Store open() {
        try {
            UploadServer started = new UploadServer(directory.resolve("www"));
            server = started;
            BinaryCache cache = (BinaryCache) Stores.open(started.uri() + "?compression=zstd", StoreSettings.DEFAULT);
            cache.prepare();
            return cache;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }
}
