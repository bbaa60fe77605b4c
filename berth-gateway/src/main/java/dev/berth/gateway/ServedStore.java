package dev.berth.gateway;

import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.Stores;
import dev.berth.store.SubstituterListener;
import dev.berth.store.daemon.DaemonStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.store.usage.UsageCollector;
import dev.berth.store.usage.UsageDatabase;
import dev.berth.store.usage.UsageLog;
import dev.berth.store.usage.UsageRecorder;
import dev.berth.wire.StoreService;
import java.util.Optional;
import java.util.function.Supplier;

/** A store that is served, whatever kind it is. */
public final class ServedStore implements AutoCloseable {
    private final StoreService service;
    private final Supplier<CacheContent> content;
    private final Optional<StoreUsage> usage;
    private final Runnable closing;

    private ServedStore(
            StoreService service, Supplier<CacheContent> content, Optional<StoreUsage> usage, Runnable closing) {
        this.service = usage.<StoreService>map(known -> new RecordingService(service, known.recorder()))
                .orElse(service);
        this.content = content;
        this.usage = usage;
        this.closing = closing;
    }

    /** As below, talking to substituters as usual. */
    public static ServedStore open(String uri, ServiceSettings settings) {
        return open(uri, settings, StoreSettings.DEFAULT, SubstituterListener.NONE);
    }

    /**
     * Opens a store as {@link #open} does, and records which paths its sessions use.
     *
     * @param remote how to talk to substituters, and to the store if it is elsewhere
     * @param listener is told what substituters are asked and give
     * @param usageDatabase the JDBC URL of the database for it; else it lies beside the store, and a store of which that
     *     can't be said is served without recording
     * @throws StoreException for a URI that can't be opened
     * @throws dev.berth.nix.FormatException for a URL that is none
     */
    public static ServedStore recording(
            String uri,
            ServiceSettings settings,
            StoreSettings remote,
            SubstituterListener listener,
            Optional<String> usageDatabase) {
        Optional<UsageDatabase> named = usageDatabase.map(UsageDatabase::open);
        Optional<LocalStoreConfig> local = Stores.localConfig(uri, remote);
        if (local.isPresent()) {
            LocalService service = new LocalService(local.get(), settings, remote, listener);
            Optional<UsageDatabase> database = named.or(() -> beside(local.get()));
            return new ServedStore(
                    service,
                    service::content,
                    database.map(known -> new StoreUsage(known, new UsageLog(known), service::collect)),
                    service::close);
        }
        Store store = Stores.open(uri, remote);
        ProxyService proxy = proxy(store, settings);
        Optional<StoreUsage> usage = named.or(() -> UsageDatabase.beside(store))
                .map(known -> new StoreUsage(known, proxy.log(known), (policy, dryRun, database, log) -> {
                    UsageCollector collector =
                            UsageCollector.of(store, database, Optional.of(log)).telling(proxy::deleted);
                    return dryRun ? collector.dryRun(policy) : collector.collect(policy);
                }));
        return new ServedStore(proxy, proxy::content, usage, proxy::close);
    }

    private static Optional<UsageDatabase> beside(LocalStoreConfig config) {
        return config.readOnly() ? Optional.empty() : Optional.of(UsageDatabase.beside(config));
    }

    /**
     * Opens a store by its URI: a local one is served as nix-daemon does, any other by proxy.
     *
     * @param remote how to talk to substituters, and to the store if it is elsewhere
     * @param listener is told what substituters are asked and give
     * @throws StoreException for a URI that can't be opened
     */
    public static ServedStore open(
            String uri, ServiceSettings settings, StoreSettings remote, SubstituterListener listener) {
        Optional<LocalStoreConfig> local = Stores.localConfig(uri, remote);
        if (local.isPresent()) {
            return local(local.get(), settings, remote, listener);
        }
        Store store = Stores.open(uri, remote);
        ProxyService proxy = proxy(store, settings);
        return new ServedStore(proxy, proxy::content, Optional.empty(), proxy::close);
    }

    private static ProxyService proxy(Store store, ServiceSettings settings) {
        return store instanceof DaemonStore daemon
                ? ProxyService.ofDaemon(daemon, daemon::connect, settings)
                : ProxyService.ofStore(store, settings);
    }

    /** As below, talking to substituters as usual. */
    public static ServedStore local(LocalStoreConfig config, ServiceSettings settings) {
        return local(config, settings, StoreSettings.DEFAULT, SubstituterListener.NONE);
    }

    /** Opens a store of this machine. */
    public static ServedStore local(
            LocalStoreConfig config, ServiceSettings settings, StoreSettings remote, SubstituterListener listener) {
        LocalService service = new LocalService(config, settings, remote, listener);
        return new ServedStore(service, service::content, Optional.empty(), service::close);
    }

    /** The store as sessions see it. */
    public StoreService service() {
        return service;
    }

    /** The store as a binary cache over HTTP needs it. To be closed before this is. */
    public CacheContent content() {
        return content.get();
    }

    /** To be told what is used of it by who serves its content. */
    public UsageRecorder recorder() {
        return usage.map(StoreUsage::recorder).orElse(UsageRecorder.NONE);
    }

    /** What is known of its use, if that is recorded. */
    public Optional<StoreUsage> usage() {
        return usage;
    }

    @Override
    public void close() {
        try {
            usage.ifPresent(StoreUsage::close);
        } finally {
            closing.run();
        }
    }
}
