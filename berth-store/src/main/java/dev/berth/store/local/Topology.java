package dev.berth.store.local;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The order in which paths can be added. */
final class Topology {
    private Topology() {}

    private record Step(PathInfo info, Iterator<StorePath> references) {}

    /**
     * The infos, each behind those of its references that are among them; a path given twice counts once.
     *
     * @throws StoreException of kind {@code REFUSED} if they refer to each other in a cycle
     */
    static List<PathInfo> referencesFirst(Collection<PathInfo> infos) {
        Map<StorePath, PathInfo> byPath = new LinkedHashMap<>();
        infos.forEach(info -> byPath.put(info.path(), info));
        List<PathInfo> ordered = new ArrayList<>(byPath.size());
        Set<StorePath> done = new HashSet<>();
        Set<StorePath> underway = new HashSet<>();
        // A stack of our own: a closure may be deeper than a thread's.
        Deque<Step> stack = new ArrayDeque<>();
        for (PathInfo start : byPath.values()) {
            if (done.contains(start.path())) {
                continue;
            }
            push(stack, underway, start);
            while (!stack.isEmpty()) {
                Step step = stack.peek();
                if (!step.references().hasNext()) {
                    stack.pop();
                    done.add(step.info().path());
                    ordered.add(step.info());
                    continue;
                }
                StorePath reference = step.references().next();
                PathInfo next = byPath.get(reference);
                if (next == null || reference.equals(step.info().path()) || done.contains(reference)) {
                    continue;
                }
                if (underway.contains(reference)) {
                    throw new StoreException(
                            StoreException.Kind.REFUSED,
                            "the references of '" + reference + "' and '"
                                    + step.info().path() + "' form a cycle");
                }
                push(stack, underway, next);
            }
        }
        return ordered;
    }

    private static void push(Deque<Step> stack, Set<StorePath> underway, PathInfo info) {
        underway.add(info.path());
        stack.push(new Step(info, info.references().iterator()));
    }
}
