package dev.berth.store.cache;

import dev.berth.store.Store;
import dev.berth.store.StoreContract;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;

/** A cache in a directory does what every store does. */
final class FileStoreContractTest extends StoreContract {
    @Override
    protected Store open() {
        return Stores.open("file://" + directory.resolve("cache") + "?compression=zstd", StoreSettings.DEFAULT);
    }
}
