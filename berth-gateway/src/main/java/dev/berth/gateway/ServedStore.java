package dev.berth.gateway;

import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.wire.StoreService;
import java.util.Optional;

/** A store that is served, whatever kind it is. */
public final class ServedStore implements AutoCloseable {
    private final StoreService service;
    private final Runnable closing;

    private ServedStore(StoreService service, Runnable closing) {
        this.service = service;
        this.closing = closing;
    }

    /**
     * Opens a store by its URI.
     *
     * @throws StoreException for a URI that can't be opened
     */
    public static ServedStore open(String uri, ServiceSettings settings) {
        Optional<LocalStoreConfig> local = Stores.localConfig(uri, StoreSettings.DEFAULT);
        if (local.isPresent()) {
            return local(local.get(), settings);
        }
        throw new StoreException(Kind.REFUSED, "cannot serve store " + uri + " yet: serve a local one, local?root=DIR");
    }

    /** Opens a store of this machine. */
    public static ServedStore local(LocalStoreConfig config, ServiceSettings settings) {
        LocalService service = new LocalService(config, settings);
        return new ServedStore(service, service::close);
    }

    /** The store as sessions see it. */
    public StoreService service() {
        return service;
    }

    @Override
    public void close() {
        closing.run();
    }
}
