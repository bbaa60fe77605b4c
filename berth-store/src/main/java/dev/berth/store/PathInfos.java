package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.store.daemon.DaemonStore;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** What a store knows of many paths, with as few questions as the store allows. */
public final class PathInfos {
    private PathInfos() {}

    /**
     * The path infos of those that are valid there.
     *
     * @throws StoreException if the store can't be asked
     */
    public static Map<StorePath, PathInfo> of(Store store, Collection<StorePath> paths) {
        if (store instanceof DaemonStore daemon) {
            return daemon.pathInfos(paths);
        }
        // A remote store is asked for all at once, and then remembers.
        Set<StorePath> valid = store.validPaths(paths);
        Map<StorePath, PathInfo> infos = HashMap.newHashMap(valid.size());
        for (StorePath path : valid) {
            store.pathInfo(path).ifPresent(info -> infos.put(path, info));
        }
        return infos;
    }
}
