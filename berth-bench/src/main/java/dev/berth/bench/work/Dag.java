package dev.berth.bench.work;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * Which path of a closure refers to which: each to one to five earlier ones, half of them among the first forty, as
 * nearly everything refers to a C library.
 *
 * @param references the earlier paths that each path refers to, by number; those without any make the bottom
 * @param tops the paths that no other refers to
 */
record Dag(List<NavigableSet<Integer>> references, List<Integer> tops) {
    private static final int POPULAR = 40;

    static Dag of(long seed, int paths) {
        List<NavigableSet<Integer>> references = new ArrayList<>(paths);
        BitSet used = new BitSet(paths);
        for (int path = 0; path < paths; path++) {
            NavigableSet<Integer> mine = new TreeSet<>();
            Noise noise = new Noise(seed + path);
            for (int i = path == 0 ? 0 : noise.between(1, 5); i > 0; i--) {
                int to = noise.between(0, i % 2 == 0 ? path - 1 : Math.min(path, POPULAR) - 1);
                mine.add(to);
                used.set(to);
            }
            references.add(mine);
        }
        List<Integer> tops = new ArrayList<>();
        for (int path = used.nextClearBit(0); path < paths; path = used.nextClearBit(path + 1)) {
            tops.add(path);
        }
        return new Dag(references, tops);
    }
}
