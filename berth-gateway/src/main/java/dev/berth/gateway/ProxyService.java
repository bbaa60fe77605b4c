package dev.berth.gateway;

import dev.berth.nix.StoreDir;
import dev.berth.store.Store;
import dev.berth.store.cache.BinaryCache;
import dev.berth.store.usage.UsageDatabase;
import dev.berth.store.usage.UsageLog;
import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.TrustedFlag;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Serves another store: a daemon, of which each session has a connection of its own, or a store that can be read and added
 * to, such as a binary cache; what such a store cannot do is refused in a clear word. No NAR is held.
 */
public final class ProxyService implements StoreService, AutoCloseable {
    private final StoreService service;
    private final Store store;
    private final AtomicLong deletions = new AtomicLong();

    private ProxyService(StoreService service, Store store) {
        this.service = service;
        this.store = store;
    }

    /**
     * Serves a store that is no daemon's.
     *
     * @param store closed with this
     * @param settings whose signatures let a path in, and the version that clients are told
     */
    public static ProxyService ofStore(Store store, ServiceSettings settings) {
        return new ProxyService(new StoreProxy(store, settings), store);
    }

    /**
     * Serves the store of a daemon.
     *
     * @param store closed with this
     * @param connections opens a connection to the store's daemon, each time another one
     * @param settings what clients may set who are not trusted; the version that they are told if the daemon says none
     */
    public static ProxyService ofDaemon(Store store, Supplier<StoreOperations> connections, ServiceSettings settings) {
        return new ProxyService(new DaemonProxy(store.storeDir(), connections, settings), store);
    }

    @Override
    public StoreDir storeDir() {
        return service.storeDir();
    }

    @Override
    public String nixVersion() {
        return service.nixVersion();
    }

    @Override
    public Set<String> features() {
        return service.features();
    }

    @Override
    public TrustedFlag trustedFlag(boolean trusted) {
        return service.trustedFlag(trusted);
    }

    @Override
    public StoreOperations open(boolean trusted, LogSink log) {
        return service.open(trusted, log);
    }

    /** The store as a binary cache. */
    CacheContent content() {
        return new StoreContent(store, deletions::get);
    }

    /** What writes down the uses of the store, which others may collect. */
    UsageLog log(UsageDatabase database) {
        return store instanceof BinaryCache cache
                ? UsageLog.ofCache(database, UsageLog.Settings.DEFAULT, doubtful -> {
                    cache.forget(doubtful);
                    deleted();
                })
                : new UsageLog(database);
    }

    /** To be called when paths may have become invalid. */
    void deleted() {
        deletions.incrementAndGet();
    }

    @Override
    public void close() {
        store.close();
    }
}
