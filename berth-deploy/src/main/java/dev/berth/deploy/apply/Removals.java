package dev.berth.deploy.apply;

import dev.berth.kubernetes.ObjectKey;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Decides what of a scan goes. */
final class Removals {
    private Removals() {}

    /**
     * Puts what the rules let go to the removals, and what may surprise to the kept. Namespaces and CRDs, with which everything
     * in them goes, stay while something is to stay in them, or may be in them unseen.
     *
     * @param wanted what the manifest has and is there
     */
    static void sort(
            Scan scan, PruneRules rules, Collection<ObjectKey> wanted, List<Removal> removals, List<Kept> kept) {
        Set<String> known = removals.stream().map(Removal::uid).collect(Collectors.toSet());
        Set<String> used = new HashSet<>();
        wanted.forEach(key -> used.addAll(holders(key)));
        List<Removal> holding = new java.util.ArrayList<>();
        for (Removal found : scan.found()) {
            if (known.contains(found.uid())) {
                continue;
            }
            switch (rules.of(found.live())) {
                case PruneRules.Keep(String why) -> {
                    if (!why.isEmpty()) {
                        kept.add(new Kept(found.key(), why));
                        used.addAll(holders(found.key()));
                    }
                }
                case PruneRules.Remove _ -> (isHolder(found) ? holding : removals).add(found);
            }
        }
        for (Removal holder : holding) {
            if (!scan.notLooked().isEmpty()) {
                kept.add(new Kept(
                        holder.key(), "it may hold objects of kinds that could not be listed: delete it yourself"));
            } else if (used.contains(holds(holder))) {
                kept.add(new Kept(holder.key(), "what is in it stays"));
            } else {
                removals.add(holder);
            }
        }
    }

    private static boolean isHolder(Removal found) {
        return found.key().kind().equals("Namespace") || Kinds.isDefinition(found.live());
    }

    /** What a namespace or CRD holds, in the words of {@link #holders}. */
    private static String holds(Removal holder) {
        var spec = holder.live().path("spec");
        return Kinds.isDefinition(holder.live())
                ? "kind " + spec.path("names").path("kind").asText() + "."
                        + spec.path("group").asText()
                : "namespace " + holder.key().name();
    }

    private static Set<String> holders(ObjectKey key) {
        int slash = key.apiVersion().indexOf('/');
        String group = slash < 0 ? "" : key.apiVersion().substring(0, slash);
        return Set.of("kind " + key.kind() + "." + group, "namespace " + key.namespace());
    }

    /** The order of kinds, backwards; then by name. */
    static Comparator<Removal> order(KindOrder order) {
        return Comparator.<Removal>comparingInt(
                        removal -> -order.of(removal.key().kind()))
                .thenComparing(removal -> removal.key().toString());
    }
}
