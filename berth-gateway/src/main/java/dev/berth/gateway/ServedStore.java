package dev.berth.gateway;

import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.daemon.DaemonStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.wire.StoreService;
import java.util.Optional;
import java.util.function.Supplier;

/** A store that is served, whatever kind it is. */
public final class ServedStore implements AutoCloseable {
    private final StoreService service;
    private final Supplier<CacheContent> content;
    private final Runnable closing;

    private ServedStore(StoreService service, Supplier<CacheContent> content, Runnable closing) {
        this.service = service;
        this.content = content;
        this.closing = closing;
    }

    /**
     * Opens a store by its URI: a local one is served as nix-daemon does, any other by proxy.
     *
     * @throws StoreException for a URI that can't be opened
     */
    public static ServedStore open(String uri, ServiceSettings settings) {
        Optional<LocalStoreConfig> local = Stores.localConfig(uri, StoreSettings.DEFAULT);
        if (local.isPresent()) {
            return local(local.get(), settings);
        }
        Store store = Stores.open(uri, StoreSettings.DEFAULT);
        ProxyService proxy = store instanceof DaemonStore daemon
                ? ProxyService.ofDaemon(daemon, daemon::connect, settings)
                : ProxyService.ofStore(store, settings);
        return new ServedStore(proxy, proxy::content, proxy::close);
    }

    /** Opens a store of this machine. */
    public static ServedStore local(LocalStoreConfig config, ServiceSettings settings) {
        LocalService service = new LocalService(config, settings);
        return new ServedStore(service, service::content, service::close);
    }

    /** The store as sessions see it. */
    public StoreService service() {
        return service;
    }

    /** The store as a binary cache over HTTP needs it. To be closed before this is. */
    public CacheContent content() {
        return content.get();
    }

    @Override
    public void close() {
        closing.run();
    }
}
