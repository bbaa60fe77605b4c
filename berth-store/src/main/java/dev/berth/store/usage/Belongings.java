package dev.berth.store.usage;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.cache.CacheUpkeep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a binary cache holds for its paths beside narinfos and NARs: realisations, which go in front of the path that they
 * name, and logs, which go with the last path that came of their derivation. So a collection that is killed leaves none of a
 * path that is gone. Those of paths that never were here stay: they may be another cache's paths. One thread.
 */
final class Belongings {
    private static final Logger LOG = LoggerFactory.getLogger(Belongings.class);

    private final CacheUpkeep cache;
    private final Map<StorePath, Optional<StorePath>> derivers = new HashMap<>();
    private final Map<StorePath, Set<StorePath>> outputs = new HashMap<>();
    private final Map<StorePath, List<DrvOutput>> byHash = new HashMap<>();
    private boolean looked;

    Belongings(CacheUpkeep cache) {
        this.cache = cache;
    }

    /** Forgets all that was told. */
    void clear() {
        derivers.clear();
        outputs.clear();
        byHash.clear();
        looked = false;
    }

    /** A path is there. */
    void add(PathInfo info) {
        derivers.put(info.path(), info.deriver());
        info.deriver()
                .ifPresent(drv ->
                        outputs.computeIfAbsent(drv, _ -> new HashSet<>()).add(info.path()));
    }

    /** Deletes what belongs to a path that is about to go. */
    void delete(StorePath path) {
        Optional<StorePath> deriver = derivers.getOrDefault(path, Optional.empty());
        look();
        byHash.getOrDefault(path, List.of()).forEach(cache::deleteRealisation);
        deriver.ifPresent(drv -> Reading.many(
                cache.realisations(drv),
                cache::realisation,
                (output, realisation) -> {
                    if (realisation.outPath().equals(path)) {
                        cache.deleteRealisation(output);
                    }
                },
                Belongings::unreadable));
        derivers.remove(path);
        deriver.ifPresent(drv -> {
            outputs.getOrDefault(drv, new HashSet<>()).remove(path);
            deleteLog(drv);
        });
        if (path.isDerivation()) {
            deleteLog(path);
        }
    }

    /** If nothing is left that it tells of. */
    private void deleteLog(StorePath drv) {
        if (!derivers.containsKey(drv) && outputs.getOrDefault(drv, Set.of()).isEmpty()) {
            outputs.remove(drv);
            cache.deleteLog(drv);
        }
    }

    private void look() {
        if (!looked) {
            looked = true;
            Reading.many(
                    cache.realisations(),
                    cache::realisation,
                    (output, realisation) -> byHash.computeIfAbsent(realisation.outPath(), _ -> new ArrayList<>())
                            .add(output),
                    Belongings::unreadable);
        }
    }

    private static void unreadable(StoreException e) {
        LOG.warn("{}; it stays", e.getMessage());
    }
}
