package dev.berth.node;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.store.Substituters;
import dev.berth.store.local.LocalStore;
import java.util.Collection;
import java.util.List;

/** Finds out what a fetch of a closure would bring, and brings nothing. */
final class FetchInquiry implements SharedWork.Work<Collection<PathInfo>> {
    private final LocalStore store;
    private final Substituters substituters;
    private final List<StorePath> packages;

    FetchInquiry(LocalStore store, Substituters substituters, List<StorePath> packages) {
        this.store = store;
        this.substituters = substituters;
        this.packages = packages;
    }

    @Override
    public Collection<PathInfo> run() {
        try (LocalStore session = store.session()) {
            return substituters.offers(session, packages);
        }
    }

    @Override
    public String state() {
        return "asking " + substituters + " for the closure of "
                + store.storeDir().print(packages.getFirst());
    }
}
