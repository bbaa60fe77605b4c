package dev.berth.node;

import dev.berth.nix.StorePath;
import dev.berth.store.ClosureCopy;
import dev.berth.store.Substituters;
import dev.berth.store.local.LocalStore;
import java.util.List;
import java.util.Set;

/** A fetch of a closure, and how far it is. */
final class Fetch implements SharedWork.Work<ClosureCopy.Result> {
    private final LocalStore store;
    private final Substituters substituters;
    private final List<StorePath> packages;
    private final FetchProgress progress = new FetchProgress();

    Fetch(LocalStore store, Substituters substituters, List<StorePath> packages) {
        this.store = store;
        this.substituters = substituters;
        this.packages = packages;
    }

    @Override
    public ClosureCopy.Result run() {
        Set<StorePath> wanted = Set.copyOf(packages);
        try (LocalStore session = store.session()) {
            session.addTempRoots(wanted);
            return substituters.fetch(session, wanted, progress);
        }
    }

    @Override
    public String state() {
        return "fetching the closure of " + store.storeDir().print(packages.getFirst()) + " from " + substituters + ": "
                + progress;
    }
}
