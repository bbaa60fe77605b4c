package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Chooses what goes. INVARIANT: nothing that is chosen is reached from a root, a pin or a path used within the grace time,
 * and everything that needs a chosen path is chosen, in front of it.
 */
final class Planner {
    private final PathGraph graph;
    private final Instant now;
    private final int[] order;
    private final long[] last;
    private final BitSet rooted;
    private final BitSet pinned;

    Planner(PathGraph graph, Uses uses, Collection<StorePath> roots, Collection<StorePath> pins, Instant now) {
        this.graph = graph;
        this.now = now;
        this.order = graph.referrersFirst();
        this.last = lastUses(uses);
        this.rooted = closure(roots);
        this.pinned = closure(pins);
    }

    private BitSet closure(Collection<StorePath> from) {
        BitSet reached = new BitSet(graph.size());
        graph.addClosure(from, reached);
        return reached;
    }

    /** A path is in use as long as anything that needs it is. */
    private long[] lastUses(Uses uses) {
        long[] times = new long[graph.size()];
        for (int i = 0; i < times.length; i++) {
            PathGraph.Node node = graph.node(i);
            times[i] =
                    Math.max(uses.last(node.path()).toEpochMilli(), node.since().toEpochMilli());
        }
        // The latest first, so that each path has its time when it is first reached: cycles do no harm.
        int[] latestFirst =
                sorted(Comparator.comparingLong((Integer i) -> times[i]).reversed());
        BitSet done = new BitSet(times.length);
        Deque<Integer> todo = new ArrayDeque<>();
        for (int start : latestFirst) {
            long time = times[start];
            todo.push(start);
            while (!todo.isEmpty()) {
                int current = todo.pop();
                if (!done.get(current)) {
                    done.set(current);
                    times[current] = time;
                    for (int need : graph.node(current).needs()) {
                        todo.push(need);
                    }
                }
            }
        }
        return times;
    }

    private int[] sorted(Comparator<Integer> by) {
        return IntStream.range(0, graph.size())
                .boxed()
                .sorted(by)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** When the path of a number, or anything that needs it, was last used. */
    Instant lastUse(int number) {
        return Instant.ofEpochMilli(last[number]);
    }

    /** @param space of the store's file system, if it lies on one */
    Plan plan(CollectionPolicy policy, Optional<Holdings.Space> space) {
        long size = 0;
        for (int i = 0; i < graph.size(); i++) {
            size += graph.node(i).size();
        }
        long missing = policy.minFree()
                .flatMap(least -> space.map(disk -> least.of(disk.total()) - disk.free()))
                .orElse(0L);
        List<CollectedPath> victims = new ArrayList<>();
        Map<Kept, Long> kept = new EnumMap<>(Kept.class);
        long freed = 0;
        boolean enough = false;
        for (int number : oldestFirst()) {
            Optional<Kept> stays = stays(number, policy);
            Optional<String> reason = enough || stays.isPresent()
                    ? Optional.empty()
                    : reason(number, policy, size - freed, missing - freed);
            if (reason.isPresent()) {
                PathGraph.Node node = graph.node(number);
                freed += node.size();
                victims.add(
                        new CollectedPath(node.path(), Instant.ofEpochMilli(last[number]), node.size(), reason.get()));
            } else {
                // What comes behind was used later: were it to go, the one before would go, too.
                enough |= stays.isEmpty();
                kept.merge(stays.orElse(Kept.NOT_NEEDED), 1L, Long::sum);
            }
        }
        return new Plan(graph, victims, kept, size);
    }

    private int[] oldestFirst() {
        int[] position = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            position[order[i]] = i;
        }
        return sorted(Comparator.comparingLong((Integer i) -> last[i]).thenComparingInt(i -> position[i]));
    }

    private Optional<Kept> stays(int number, CollectionPolicy policy) {
        if (pinned.get(number)) {
            return Optional.of(Kept.PIN);
        }
        if (rooted.get(number)) {
            return Optional.of(Kept.ROOT);
        }
        return last[number] > now.minus(policy.grace()).toEpochMilli() ? Optional.of(Kept.GRACE) : Optional.empty();
    }

    private Optional<String> reason(int number, CollectionPolicy policy, long size, long missing) {
        Duration unused = Duration.between(Instant.ofEpochMilli(last[number]), now);
        String since = "unused for " + Sizes.show(unused);
        if (policy.olderThan().filter(age -> unused.compareTo(age) > 0).isPresent()) {
            return Optional.of(since);
        }
        if (policy.maxSize().isPresent() && size > policy.maxSize().getAsLong()) {
            return Optional.of(since + ", and the store is larger than "
                    + Sizes.show(policy.maxSize().getAsLong()));
        }
        if (policy.minFree().isPresent() && missing > 0) {
            return Optional.of(since + ", and less than " + policy.minFree().get() + " is free");
        }
        return Optional.empty();
    }
}
