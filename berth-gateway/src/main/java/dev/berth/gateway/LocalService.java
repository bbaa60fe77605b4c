package dev.berth.gateway;

import dev.berth.nix.StoreDir;
import dev.berth.store.DownloadSpool;
import dev.berth.store.StoreSettings;
import dev.berth.store.SubstituterListener;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.store.usage.CollectionPolicy;
import dev.berth.store.usage.CollectionReport;
import dev.berth.store.usage.Keeping;
import dev.berth.store.usage.UsageCollector;
import dev.berth.store.usage.UsageDatabase;
import dev.berth.store.usage.UsageLog;
import dev.berth.wire.LogSink;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.TrustedFlag;
import java.util.Optional;
import java.util.Set;

/**
 * Serves a store of this machine as {@code nix-daemon} of Nix 2.26 does, but for building. Each session protects what it
 * adds and reads until it is closed. To be closed when no session comes any more; those that are open go on.
 */
public final class LocalService implements StoreService, AutoCloseable {
    private final OpenStore store;
    private final ServiceSettings settings;
    private final SubstituterPool substituters;

    /** Those of the settings, kept open. */
    private final SubstituterPool.Lease usual;

    /**
     * @param config the store, opened when the first session is
     * @param settings what sessions begin with
     * @param fetching how to talk to substituters; downloads that are cut leave what they got beside the store's database
     *     where it names no other place
     * @param listener is told what substituters are asked and give
     * @throws dev.berth.store.StoreException of kind {@code REFUSED} if a substituter cannot be opened
     */
    public LocalService(
            LocalStoreConfig config, ServiceSettings settings, StoreSettings fetching, SubstituterListener listener) {
        this.store = new OpenStore(config, settings.keptNars());
        this.settings = settings;
        StoreSettings own = fetching.withStoreDir(config.storeDir());
        StoreSettings spooling = own.spool().isPresent()
                ? own
                : own.withSpool(DownloadSpool.in(config.stateDir().resolve("berth/downloads")));
        this.substituters = new SubstituterPool(spooling, listener);
        this.usual = substituters.lease(settings);
    }

    /** As above, telling nobody. */
    public LocalService(LocalStoreConfig config, ServiceSettings settings, StoreSettings fetching) {
        this(config, settings, fetching, SubstituterListener.NONE);
    }

    /** As above, talking to substituters as usual. */
    public LocalService(LocalStoreConfig config, ServiceSettings settings) {
        this(config, settings, StoreSettings.DEFAULT);
    }

    @Override
    public StoreDir storeDir() {
        return store.config().storeDir();
    }

    @Override
    public String nixVersion() {
        return settings.nixVersion();
    }

    /** Realisations by path and by hash are both known. */
    @Override
    public Set<String> features() {
        return Set.of("realisation-with-path-not-hash");
    }

    @Override
    public TrustedFlag trustedFlag(boolean trusted) {
        return trusted ? TrustedFlag.TRUSTED : TrustedFlag.NOT_TRUSTED;
    }

    @Override
    public StoreOperations open(boolean trusted, LogSink log) {
        SessionLog sessionLog = new SessionLog(log);
        OpenStore.Lease lease = store.lease();
        return new LocalSession(
                lease,
                trusted,
                sessionLog,
                new SessionSettings(settings, trusted, sessionLog),
                new SessionSubstituters(substituters));
    }

    /** The store as a binary cache. To be closed before this is. */
    CacheContent content() {
        return new LocalContent(store, usual.substituters(), settings);
    }

    /** Collects what nobody used for long. */
    CollectionReport collect(CollectionPolicy policy, boolean dryRun, UsageDatabase database, UsageLog log) {
        try (OpenStore.Lease lease = store.lease()) {
            Keeping keeping = new Keeping(settings.keepOutputs(), settings.keepDerivations());
            UsageCollector collector = UsageCollector.of(lease.store(), database, Optional.of(log), keeping)
                    .telling(lease::deleted);
            return dryRun ? collector.dryRun(policy) : collector.collect(policy);
        }
    }

    /** How many sessions are open on the store as it is now. */
    int sessions() {
        return store.users();
    }

    @Override
    public void close() {
        usual.close();
        substituters.close();
        store.close();
    }
}
