package dev.berth.deploy.push;

import dev.berth.store.Store;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Stores that are opened, and closed, together; in the order of their URIs, each URI once. */
final class OpenStores implements AutoCloseable {
    private final List<Store> stores = new ArrayList<>();

    /** @throws dev.berth.store.StoreException of kind {@code REFUSED} for a URI that is none; then none is left open */
    OpenStores(Collection<String> uris, StoreSettings settings) {
        boolean done = false;
        try {
            for (String uri : uris.stream().distinct().toList()) {
                stores.add(Stores.open(uri, settings));
            }
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    List<Store> all() {
        return List.copyOf(stores);
    }

    @Override
    public void close() {
        stores.forEach(Store::close);
    }
}
