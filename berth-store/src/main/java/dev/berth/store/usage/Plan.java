package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What is to go.
 *
 * @param graph of the store
 * @param victims in order: what was not used for longest first, each in front of what it needs
 * @param kept how many others stay, by why
 * @param size of the store
 */
record Plan(PathGraph graph, List<CollectedPath> victims, Map<Kept, Long> kept, long size) {
    List<StorePath> paths() {
        return victims.stream().map(CollectedPath::path).toList();
    }

    /** The victims such that each needs only what is in a later list; otherwise in order. */
    List<List<StorePath>> levels() {
        int[] level = new int[graph.size()];
        List<List<StorePath>> levels = new ArrayList<>();
        for (CollectedPath victim : victims) {
            int number = graph.number(victim.path()).orElseThrow();
            while (levels.size() <= level[number]) {
                levels.add(new ArrayList<>());
            }
            levels.get(level[number]).add(victim.path());
            for (int need : graph.node(number).needs()) {
                level[need] = Math.max(level[need], level[number] + 1);
            }
        }
        return levels;
    }

    long bytes() {
        return victims.stream().mapToLong(CollectedPath::size).sum();
    }
}
