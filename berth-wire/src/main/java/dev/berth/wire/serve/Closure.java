package dev.berth.wire.serve;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.wire.RemoteException;
import dev.berth.wire.StoreOperations;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that paths refer to (libstore/misc.cc, {@code computeFSClosure}).
 *
 * @param store is asked level by level
 * @param storeDir for messages
 * @param outputs whether the valid outputs of derivations belong to it
 */
record Closure(StoreOperations store, StoreDir storeDir, boolean outputs) {
    /** @throws RemoteException if a path is not valid */
    Set<StorePath> of(Collection<StorePath> roots) {
        Set<StorePath> closure = new HashSet<>(roots);
        Set<StorePath> level = closure;
        while (!level.isEmpty()) {
            Map<StorePath, PathInfo> infos = store.queryPathInfos(level);
            Set<StorePath> next = new HashSet<>();
            for (StorePath path : level) {
                PathInfo info = infos.get(path);
                if (info == null) {
                    throw new RemoteException("path '" + storeDir.print(path) + "' is not valid", 0, List.of(), false);
                }
                next.addAll(info.references());
                if (outputs && path.isDerivation()) {
                    store.queryDerivationOutputMap(path).values().stream()
                            .flatMap(Optional::stream)
                            .filter(store::isValidPath)
                            .forEach(next::add);
                }
            }
            next.removeAll(closure);
            closure.addAll(next);
            level = next;
        }
        return closure;
    }
}
