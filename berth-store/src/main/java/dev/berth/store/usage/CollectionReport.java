package dev.berth.store.usage;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a collection did, or would do.
 *
 * @param paths those that are gone, or would go, in order
 * @param freed the bytes that are free since then; of a dry run, the sum of the paths' sizes
 * @param before the size of the store before, as the policy counts it
 * @param after the size after
 * @param kept how many paths stay, by why
 * @param unmet what was asked for and not reached, for people, with why
 */
public record CollectionReport(
        List<CollectedPath> paths, long freed, long before, long after, Map<Kept, Long> kept, Optional<String> unmet) {
    /** Copies the collections. */
    public CollectionReport {
        paths = List.copyOf(paths);
        Map<Kept, Long> ordered = new EnumMap<>(Kept.class);
        ordered.putAll(kept);
        kept = java.util.Collections.unmodifiableMap(ordered);
    }
}
