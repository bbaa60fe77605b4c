package dev.berth.deploy.push;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What caches said of closures. A path is missing if every cache was asked and has none; it is unknown if none has it of
 * those that could be asked, and one could not. What such paths refer to nobody knows.
 *
 * @param caches the URIs that were asked
 * @param found how many paths are in a cache, each with its references
 * @param missing paths, with who names or needs each
 * @param unknown paths, with who names or needs each
 * @param silent why those caches that could not answer could not, by URI
 */
public record CacheReport(
        List<String> caches,
        long found,
        SortedMap<StorePath, String> missing,
        SortedMap<StorePath, String> unknown,
        SortedMap<String, String> silent) {
    /** How many paths a message names. */
    private static final int NAMED = 10;

    /** Copies. */
    public CacheReport {
        caches = List.copyOf(caches);
        missing = java.util.Collections.unmodifiableSortedMap(new TreeMap<>((Map<StorePath, String>) missing));
        unknown = java.util.Collections.unmodifiableSortedMap(new TreeMap<>((Map<StorePath, String>) unknown));
        silent = java.util.Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, String>) silent));
    }

    /** Whether every path is in a cache. */
    public boolean isComplete() {
        return missing.isEmpty() && unknown.isEmpty();
    }

    /**
     * Refuses what is not complete.
     *
     * @throws StoreException naming the first paths: {@code ABSENT} if one is missing, {@code UNAVAILABLE} if caches that
     *     could not answer may have all that was not found
     */
    public void require(StoreDir storeDir) {
        List<String> said = new ArrayList<>();
        if (!missing.isEmpty()) {
            said.add(paths(missing.size()) + " missing from " + String.join(", ", caches) + ": "
                    + list(missing, storeDir) + "; push them first (berth push)");
        }
        if (!unknown.isEmpty()) {
            said.add("could not ask "
                    + silent.entrySet().stream()
                            .map(cache -> cache.getKey() + " (" + cache.getValue() + ")")
                            .collect(Collectors.joining(", "))
                    + " about " + paths(unknown.size()).replaceFirst(" (is|are)$", "")
                    + " that no other cache has: " + list(unknown, storeDir) + "; try again when it answers");
        }
        if (!said.isEmpty()) {
            throw new StoreException(
                    missing.isEmpty() ? Kind.UNAVAILABLE : Kind.ABSENT, "not cached: " + String.join("; ", said));
        }
    }

    private static String paths(int count) {
        return count == 1 ? "1 path is" : count + " paths are";
    }

    private static String list(SortedMap<StorePath, String> paths, StoreDir storeDir) {
        String first = paths.entrySet().stream()
                .limit(NAMED)
                .map(path -> storeDir.print(path.getKey()) + " (" + path.getValue() + ")")
                .collect(Collectors.joining(", "));
        return paths.size() <= NAMED ? first : first + " and " + (paths.size() - NAMED) + " more";
    }
}
