package dev.berth.deploy.push;

import dev.berth.deploy.render.CacheSettings;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.PathInfos;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Whether caches together serve whole closures: what is to be sure of before an object is applied whose pods fetch them.
 * Only the caches are asked, also for what refers to what: that this machine has a path says nothing of a node.
 */
public final class CacheCheck {
    private final List<Store> caches;
    private final StoreDir storeDir;
    private final Map<StorePath, String> reasons = new HashMap<>();
    private final SortedMap<StorePath, String> missing = new TreeMap<>();
    private final SortedMap<StorePath, String> unknown = new TreeMap<>();
    private final SortedMap<String, String> silent = new TreeMap<>();
    private long found;

    private CacheCheck(List<Store> caches, StoreDir storeDir) {
        this.caches = caches;
        this.storeDir = storeDir;
    }

    /**
     * As {@link #check}, of the caches that settings name, opened and closed here, within a time; refuses what is not
     * complete. Nothing is asked if no cache is named.
     *
     * @param named the paths and who names each, as of a rendered manifest
     * @param base what holds where the settings do not say otherwise
     * @return what the caches said: that they have all of it
     * @throws StoreException as {@link CacheReport#require}; {@code REFUSED} for a URI that is none; {@code UNAVAILABLE} when
     *     the time is up
     */
    public static CacheReport require(Map<StorePath, String> named, CacheSettings settings, StoreSettings base) {
        if (named.isEmpty() || settings.assertCached().isEmpty()) {
            return new CacheReport(List.of(), 0, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
        }
        try (OpenStores caches =
                new OpenStores(settings.assertCached(), base.withNewHostKeys(settings.acceptNewHostKeys()))) {
            Duration limit = settings.timeout();
            CacheReport report = TimeLimit.run(
                    limit,
                    limit,
                    "asking " + caches.all().stream().map(Store::uri).collect(Collectors.joining(", "))
                            + " for closures",
                    () -> check(named, caches.all(), base.storeDir()));
            report.require(base.storeDir());
            return report;
        }
    }

    /**
     * Asks for the closures of paths. A cache that could not answer once is not asked again.
     *
     * @param named the paths and who names each, for messages
     */
    public static CacheReport check(Map<StorePath, String> named, List<Store> caches, StoreDir storeDir) {
        return new CacheCheck(caches, storeDir).walk(named);
    }

    private CacheReport walk(Map<StorePath, String> named) {
        reasons.putAll(named);
        Set<StorePath> level = Set.copyOf(named.keySet());
        while (!level.isEmpty()) {
            Set<StorePath> next = new HashSet<>();
            for (PathInfo info : ask(level)) {
                found++;
                for (StorePath reference : info.references()) {
                    if (reasons.putIfAbsent(reference, "needed by " + storeDir.print(info.path())) == null) {
                        next.add(reference);
                    }
                }
            }
            level = next;
        }
        return new CacheReport(caches.stream().map(Store::uri).toList(), found, missing, unknown, silent);
    }

    /** The infos of those paths that a cache has; what none has is noted. */
    private Collection<PathInfo> ask(Set<StorePath> paths) {
        Map<StorePath, PathInfo> infos = new LinkedHashMap<>();
        Set<StorePath> left = new HashSet<>(paths);
        for (Store cache : caches) {
            if (left.isEmpty()) {
                break;
            }
            if (!silent.containsKey(cache.uri())) {
                try {
                    infos.putAll(PathInfos.of(cache, left));
                    left.removeAll(infos.keySet());
                } catch (StoreException e) {
                    if (Thread.currentThread().isInterrupted()) {
                        throw e;
                    }
                    silent.put(cache.uri(), e.getMessage());
                }
            }
        }
        left.forEach(path -> (silent.isEmpty() ? missing : unknown).put(path, reasons.getOrDefault(path, "")));
        return infos.values();
    }
}
