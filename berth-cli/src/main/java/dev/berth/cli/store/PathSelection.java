package dev.berth.cli.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.store.PathInfos;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.cache.BinaryCache;
import dev.berth.store.daemon.DaemonStore;
import dev.berth.store.local.LocalStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Which paths of a store a command is about. */
final class PathSelection {
    private PathSelection() {}

    /** All valid paths of a store that can tell them. */
    static List<StorePath> everything(Store store) {
        Optional<Stream<StorePath>> all = switch (store) {
            case LocalStore local -> Optional.of(local.allValidPaths());
            case BinaryCache cache -> cache.allPaths();
            case DaemonStore daemon -> Optional.of(daemon.allValidPaths().stream());
            default -> Optional.empty();
        };
        try (Stream<StorePath> paths = all.orElseThrow(() -> new StoreException(
                StoreException.Kind.REFUSED, store.uri() + " cannot list its paths: name the paths you mean"))) {
            return paths.toList();
        }
    }

    /**
     * The path infos of paths or of their closures, each once, in the order they are found.
     *
     * @throws StoreException of kind {@code ABSENT} if one is not valid in the store
     */
    static List<PathInfo> infos(Store store, Collection<StorePath> roots, boolean recursive) {
        List<PathInfo> infos = new ArrayList<>();
        Set<StorePath> seen = new LinkedHashSet<>(roots);
        List<StorePath> level = List.copyOf(seen);
        while (!level.isEmpty()) {
            List<StorePath> next = new ArrayList<>();
            for (PathInfo info : infos(store, level)) {
                infos.add(info);
                if (recursive) {
                    info.references().stream().filter(seen::add).forEach(next::add);
                }
            }
            level = next;
        }
        return infos;
    }

    private static List<PathInfo> infos(Store store, List<StorePath> paths) {
        Map<StorePath, PathInfo> all = PathInfos.of(store, paths);
        return paths.stream()
                .map(path -> present(store, path, Optional.ofNullable(all.get(path))))
                .toList();
    }

    private static PathInfo present(Store store, StorePath path, Optional<PathInfo> info) {
        return info.orElseThrow(() -> new StoreException(
                StoreException.Kind.ABSENT, "path " + store.storeDir().print(path) + " is not in " + store.uri()));
    }
}
