package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a collection has done so far, over its rounds. */
final class Progress {
    private final List<CollectedPath> gone = new ArrayList<>();
    private final Map<StorePath, CollectedPath> planned = new HashMap<>();
    private final Map<Kept, Long> kept = new EnumMap<>(Kept.class);
    private long freed;
    private long before = -1;
    private long size;

    void planned(Plan plan) {
        planned.clear();
        plan.victims().forEach(victim -> planned.put(victim.path(), victim));
        kept.clear();
        kept.putAll(plan.kept());
        size = plan.size();
        if (before < 0) {
            before = size;
        }
    }

    void deleted(Holdings.Deleted deleted) {
        for (StorePath path : deleted.paths()) {
            CollectedPath victim = planned.remove(path);
            if (victim != null) {
                gone.add(victim);
                size -= victim.size();
            }
        }
        freed += deleted.freed();
    }

    void freed(long bytes) {
        freed += bytes;
    }

    int count() {
        return gone.size();
    }

    /** Of the store, as the policy counts it. */
    long size() {
        return size;
    }

    CollectionReport report(Optional<String> unmet) {
        if (!planned.isEmpty()) {
            kept.put(Kept.TAKEN_UP, (long) planned.size());
        }
        return new CollectionReport(gone, freed, before, size, kept, unmet);
    }
}
