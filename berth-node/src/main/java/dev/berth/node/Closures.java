package dev.berth.node;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.store.ClosureCopy;
import dev.berth.store.StoreException;
import dev.berth.store.Substituters;
import dev.berth.store.local.LocalStore;
import dev.berth.store.usage.UsageRecorder;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Makes closures valid in the node's store. Who wants the same packages at the same time shares one fetch. */
final class Closures implements AutoCloseable {
    private final LocalStore store;
    private final Substituters substituters;
    private final UsageRecorder usage;
    private final SharedWork<Set<StorePath>, ClosureCopy.Result> fetches;

    Closures(LocalStore store, Substituters substituters, int atOnce, UsageRecorder usage) {
        this.store = store;
        this.substituters = substituters;
        this.usage = usage;
        this.fetches = new SharedWork<>("berth-fetch", atOnce);
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
        usage.used(wanted); // and with them what they need
        return store.pathInfos(store.closure(wanted));
    }

    /** Ends the fetches under way and closes the stores that are fetched from. */
    @Override
    public void close() {
        fetches.close();
        substituters.close();
    }
}
