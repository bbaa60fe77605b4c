package dev.berth.gateway;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.store.StoreException;

/** Brings back the files of valid paths that were changed. */
final class Repair {
    private final Context context;

    Repair(Context context) {
        this.context = context;
    }

    /**
     * Fetches a valid path again if its files are not as registered.
     *
     * @return whether that was needed
     * @throws StoreException if it cannot be fetched
     */
    boolean mend(StorePath path) {
        boolean good = context.store().pathInfo(path).map(this::isGood).orElse(true);
        if (!good) {
            context.log().warn("path '" + context.show(path) + "' was modified; fetching it again");
            new Fetching(context).refetch(path);
        }
        return !good;
    }

    private boolean isGood(PathInfo info) {
        NarHasher hasher = new NarHasher();
        try {
            context.store().nar(info.path(), hasher);
        } catch (StoreException e) {
            return false;
        }
        return hasher.hash().equals(info.narHash());
    }
}
