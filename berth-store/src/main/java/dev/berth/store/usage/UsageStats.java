package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a store holds, and when that was used.
 *
 * @param paths how many
 * @param bytes their size, as a policy counts it
 * @param seen how many of them were ever seen to be used
 * @param oldest the last use, as a policy sees it, of what was not used for longest; empty if there is nothing
 * @param newest the last use of what was used last
 * @param pins how many pins there are
 * @param pinned how many paths they hold
 * @param ages how many paths were last used when
 */
public record UsageStats(
        long paths,
        long bytes,
        long seen,
        Optional<Instant> oldest,
        Optional<Instant> newest,
        long pins,
        long pinned,
        List<Age> ages) {
    private static final List<Duration> BOUNDS = List.of(
            Duration.ofHours(1), Duration.ofDays(1), Duration.ofDays(7), Duration.ofDays(30), Duration.ofDays(90));

    /** Copies the list. */
    public UsageStats {
        ages = List.copyOf(ages);
    }

    /**
     * Paths of an age.
     *
     * @param upTo their greatest, or empty for any that is older than that of the others
     * @param paths how many
     * @param bytes their size
     */
    public record Age(Optional<Duration> upTo, long paths, long bytes) {}

    static UsageStats of(PathGraph graph, Uses uses, long pins, Collection<StorePath> pinned, Instant now) {
        Planner planner = new Planner(graph, uses, Set.of(), pinned, now);
        BitSet held = new BitSet();
        graph.addClosure(pinned, held);
        long[] paths = new long[BOUNDS.size() + 1];
        long[] bytes = new long[BOUNDS.size() + 1];
        Optional<Instant> oldest = Optional.empty();
        Optional<Instant> newest = Optional.empty();
        long size = 0;
        long seen = 0;
        for (int i = 0; i < graph.size(); i++) {
            Instant last = planner.lastUse(i);
            oldest = oldest.filter(last::isAfter).or(() -> Optional.of(last));
            newest = newest.filter(last::isBefore).or(() -> Optional.of(last));
            PathGraph.Node node = graph.node(i);
            int age = age(Duration.between(last, now));
            paths[age]++;
            bytes[age] += node.size();
            size += node.size();
            seen += uses.of().containsKey(node.path()) ? 1 : 0;
        }
        List<Age> ages = new ArrayList<>();
        for (int i = 0; i < paths.length; i++) {
            ages.add(new Age(i < BOUNDS.size() ? Optional.of(BOUNDS.get(i)) : Optional.empty(), paths[i], bytes[i]));
        }
        return new UsageStats(graph.size(), size, seen, oldest, newest, pins, held.cardinality(), ages);
    }

    private static int age(Duration time) {
        int age = 0;
        while (age < BOUNDS.size() && time.compareTo(BOUNDS.get(age)) > 0) {
            age++;
        }
        return age;
    }
}
