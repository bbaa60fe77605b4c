package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The paths of a store by number, and which of them needs which. Edges to paths that are not there are left out. */
final class PathGraph {
    private final List<Node> nodes;
    private final Map<StorePath, Integer> numbers;

    /**
     * One path.
     *
     * @param path its name
     * @param size what it takes, in bytes
     * @param since when it came into the store
     * @param needs the numbers of the paths that must be there as long as it is
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares nodes, and a list would take four times as much
    record Node(StorePath path, long size, Instant since, int[] needs) {}

    private PathGraph(List<Node> nodes, Map<StorePath, Integer> numbers) {
        this.nodes = nodes;
        this.numbers = numbers;
    }

    /** Takes the paths one after another. */
    static final class Builder {
        private record Told(StorePath path, long size, Instant since, List<StorePath> needs) {}

        private final List<Told> told = new ArrayList<>();
        private final Map<StorePath, Integer> numbers = new HashMap<>();
        private final Map<StorePath, StorePath> names = new HashMap<>();

        /** A path with what it needs; one that was told already is ignored. */
        void add(StorePath path, long size, Instant since, Collection<StorePath> needs) {
            StorePath own = name(path);
            if (numbers.putIfAbsent(own, told.size()) == null) {
                told.add(new Told(
                        own, size, since, needs.stream().map(this::name).toList()));
            }
        }

        private StorePath name(StorePath path) {
            StorePath known = names.putIfAbsent(path, path);
            return known == null ? path : known;
        }

        PathGraph build() {
            List<Node> nodes = new ArrayList<>(told.size());
            for (Told each : told) {
                int[] needs = each.needs().stream()
                        .filter(need -> !need.equals(each.path()) && numbers.containsKey(need))
                        .mapToInt(numbers::get)
                        .distinct()
                        .toArray();
                nodes.add(new Node(each.path(), each.size(), each.since(), needs));
            }
            return new PathGraph(nodes, numbers);
        }
    }

    int size() {
        return nodes.size();
    }

    Node node(int number) {
        return nodes.get(number);
    }

    OptionalInt number(StorePath path) {
        Integer number = numbers.get(path);
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }

    /** Adds to a set what some of the paths need, themselves among it, if they are there. */
    void addClosure(Collection<StorePath> from, BitSet reached) {
        Deque<Integer> todo = new ArrayDeque<>();
        for (StorePath path : from) {
            number(path).ifPresent(number -> visit(number, reached, todo));
        }
        while (!todo.isEmpty()) {
            for (int need : node(todo.pop()).needs()) {
                visit(need, reached, todo);
            }
        }
    }

    private static void visit(int number, BitSet reached, Deque<Integer> todo) {
        if (!reached.get(number)) {
            reached.set(number);
            todo.push(number);
        }
    }

    /** All numbers, each in front of what it needs; within a cycle in any order. */
    int[] referrersFirst() {
        int[] order = new int[size()];
        int next = size();
        BitSet seen = new BitSet(size());
        int[] position = new int[size()];
        Deque<Integer> way = new ArrayDeque<>();
        for (int start = 0; start < size(); start++) {
            if (seen.get(start)) {
                continue;
            }
            seen.set(start);
            way.push(start);
            while (!way.isEmpty()) {
                int current = way.element();
                int[] needs = node(current).needs();
                if (position[current] < needs.length) {
                    int need = needs[position[current]++];
                    if (!seen.get(need)) {
                        seen.set(need);
                        way.push(need);
                    }
                } else {
                    way.pop();
                    order[--next] = current;
                }
            }
        }
        return order;
    }
}
