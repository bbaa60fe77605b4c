package dev.berth.node;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.node.events.Reason;
import dev.berth.node.expression.ExpressionConfig;
import dev.berth.node.metrics.NodeMetrics;
import dev.berth.store.ClosureCopy;
import dev.berth.store.DownloadSpool;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.store.SubstituterListener;
import dev.berth.store.Substituters;
import dev.berth.store.local.LocalStore;
import dev.berth.store.usage.UsageRecorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Makes closures valid in the node's store. Who wants the same packages at the same time shares one fetch. */
final class Closures implements AutoCloseable {
    private final LocalStore store;
    private final Substituters substituters;
    private final UsageRecorder usage;
    private final SharedWork<Set<StorePath>, ClosureCopy.Result> fetches;
    private final SharedWork<Set<StorePath>, Collection<PathInfo>> inquiries;

    Closures(LocalStore store, Substituters substituters, int atOnce, UsageRecorder usage) {
        this.store = store;
        this.substituters = substituters;
        this.usage = usage;
        this.fetches = new SharedWork<>("berth-fetch", Reason.FETCH, atOnce);
        this.inquiries = new SharedWork<>("berth-inquiry", Reason.FETCH, atOnce);
    }

    /**
     * Opens the stores that a node fetches from: its substituters, and the one that its expressions are built in.
     *
     * @throws StoreException of kind {@code REFUSED} for a URI that cannot be opened
     */
    static Closures open(NodeConfig config, LocalStore store, SubstituterListener listener, UsageRecorder usage) {
        StoreSettings settings = config.substituting().withStoreDir(store.storeDir());
        if (settings.spool().isEmpty()) {
            settings = settings.withSpool(DownloadSpool.in(config.root().resolve("nix/var/berth/downloads")));
        }
        List<String> uris = new ArrayList<>(config.substituters());
        config.expressions()
                .flatMap(ExpressionConfig::builder)
                .map(Closures::last)
                .ifPresent(uris::add);
        Substituters substituters = Substituters.open(
                uris,
                config.trustedPublicKeys(),
                settings,
                Substituters.Options.of(settings).toldTo(listener));
        return new Closures(store, substituters, config.fetching().atOnce(), usage);
    }

    /** The URI with a priority behind that of every cache, unless it says one. */
    private static String last(String uri) {
        if (uri.contains("priority=")) {
            return uri;
        }
        return uri + (uri.contains("?") ? "&" : "?") + "priority=1000";
    }

    /**
     * Makes the closure of packages valid and tells it; no store is asked if they are valid. The caller protects the
     * packages from garbage collection before it asks. When its patience is over and nobody else waits for the fetch, that
     * is stopped; what it fetched stays.
     *
     * @throws CsiException as {@link Patience#await}
     * @throws StoreException if it failed
     */
    Collection<PathInfo> ensure(List<StorePath> packages, Patience patience) {
        Set<StorePath> wanted = Set.copyOf(packages);
        if (!store.validPaths(wanted).containsAll(wanted)) {
            fetches.get(wanted, () -> new Fetch(store, substituters, packages), patience);
        }
        used(wanted);
        return valid(wanted);
    }

    /** Notes that packages, and what they need, were in use until now. */
    void used(Collection<StorePath> packages) {
        usage.used(Set.copyOf(packages));
    }

    /** The closure of packages as far as it is valid. */
    Collection<PathInfo> valid(Collection<StorePath> packages) {
        return store.pathInfos(store.closure(packages));
    }

    /**
     * What the closure of packages would be after {@link #ensure}: what is valid, and what would be fetched, as it is offered now.
     *
     * @throws CsiException as {@link Patience#await}
     * @throws StoreException if it can't be fetched
     */
    Collection<PathInfo> foreseen(List<StorePath> packages, Patience patience) {
        Set<StorePath> wanted = Set.copyOf(packages);
        if (store.validPaths(wanted).containsAll(wanted)) {
            return valid(wanted);
        }
        Collection<PathInfo> missing =
                inquiries.get(wanted, () -> new FetchInquiry(store, substituters, packages), patience);
        Set<StorePath> needed = new HashSet<>(wanted);
        missing.forEach(info -> needed.addAll(info.references()));
        List<PathInfo> all = new ArrayList<>(missing);
        all.addAll(valid(needed));
        return all;
    }

    /** Watches whether the stores that are fetched from are there, until it is closed. */
    CacheWatch watch(Duration interval, NodeMetrics metrics) {
        return CacheWatch.start(substituters, interval, metrics);
    }

    /** Ends the fetches under way and closes the stores that are fetched from. */
    @Override
    public void close() {
        inquiries.close();
        fetches.close();
        substituters.close();
    }
}
