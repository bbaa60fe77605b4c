package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Deadline;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.Discovery;
import dev.berth.kubernetes.ObjectKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Finds out what a deployment will do. It changes nothing. */
public final class Planner {
    private final Cluster cluster;
    private final Consumer<String> tell;

    /**
     * @param cluster asked
     * @param tell told, line by line, what takes time, such as an API server that is away
     */
    public Planner(Cluster cluster, Consumer<String> tell) {
        this.cluster = cluster;
        this.tell = tell;
    }

    /**
     * Compares the deployment with what is there.
     *
     * @throws ClusterException if the cluster can't be asked; what it says of single objects is in the plan
     * @throws IllegalArgumentException if it is to prune without a discriminator or without an object
     */
    public Plan plan(Deployment deployment) throws IOException {
        boolean prune = deployment.policy().prune();
        if (prune
                && (deployment.discriminator().isEmpty() || deployment.objects().isEmpty())) {
            throw new IllegalArgumentException("pruning needs a discriminator and a manifest that is not empty");
        }
        Patience patience = new Patience(Deadline.in(deployment.timeout()), tell);
        Discovery discovery = cluster.discovery();
        Targets targets = Targets.of(deployment, new Kinds(discovery, deployment.objects()), cluster.namespace());
        Map<ObjectKey, ObjectNode> live = new LiveObjects(cluster, deployment, patience).of(targets.all());
        Asking asking = new Asking(cluster, deployment, surroundings(deployment, targets, live, patience), patience);
        boolean initial = targets.applicable().stream().noneMatch(target -> live.containsKey(target.key()));

        List<Change> changes = new ArrayList<>(Parallel.map(
                targets.applicable(),
                deployment.concurrency(),
                target -> target.rules().hook().isPresent()
                        ? hook(target, target.rules().hook().get(), initial)
                        : asking.about(target, Optional.ofNullable(live.get(target.key())))));
        targets.ignored().forEach(target -> changes.add(new Change.Ignored(target.key())));
        changes.addAll(targets.refused());

        List<Removal> removals = new ArrayList<>();
        for (Target deleted : targets.deleted()) {
            Optional.ofNullable(live.get(deleted.key()))
                    .ifPresent(there -> removals.add(new Removal(deleted.resource(), there)));
        }
        List<Kept> kept = new ArrayList<>();
        List<String> notLooked = List.of();
        if (prune) {
            Scan scan = Scan.of(
                    cluster,
                    discovery,
                    deployment.discriminator().orElseThrow(),
                    namespaces(targets),
                    deployment.concurrency(),
                    patience);
            notLooked = scan.notLooked();
            Removals.sort(scan, pruneRules(deployment, live), live.keySet(), removals, kept);
        }
        removals.sort(Removals.order(deployment.order()));
        return new Plan(deployment, cluster.context(), changes, removals, kept, notLooked, targets.notes(), initial);
    }

    private static Change hook(Target target, Hook hook, boolean initial) {
        boolean before = hook.before(initial);
        boolean behind = hook.behind(initial);
        return before || behind
                ? new Change.RunHook(target, before ? (behind ? "before and after" : "before") : "after")
                : new Change.Ignored(target.key());
    }

    private static PruneRules pruneRules(Deployment deployment, Map<ObjectKey, ObjectNode> live) {
        return new PruneRules(
                deployment.discriminator().orElseThrow(),
                deployment.fieldManager(),
                live.values().stream()
                        .map(object -> object.path("metadata").path("uid").asText())
                        .collect(Collectors.toSet()),
                deployment.objects().stream()
                        .flatMap(object -> PruneRules.unit(object).stream())
                        .collect(Collectors.toSet()));
    }

    private Set<String> namespaces(Targets targets) {
        Set<String> namespaces = new TreeSet<>(Set.of(cluster.namespace()));
        targets.applicable().stream()
                .map(target -> target.key().namespace())
                .filter(namespace -> !namespace.isEmpty())
                .forEach(namespaces::add);
        return namespaces;
    }

    private Surroundings surroundings(
            Deployment deployment, Targets targets, Map<ObjectKey, ObjectNode> live, Patience patience)
            throws IOException {
        Set<ObjectKey> made = new HashSet<>();
        Set<String> definitions = new HashSet<>();
        Set<String> used = new TreeSet<>();
        for (Target target : targets.applicable()) {
            if (!live.containsKey(target.key())) {
                made.add(target.key());
                used.add(target.key().namespace());
            }
            if (Kinds.isDefinition(target.object())) {
                var spec = target.object().path("spec");
                definitions.add(spec.path("group").asText() + "/"
                        + spec.path("names").path("kind").asText());
            }
        }
        live.keySet().forEach(key -> used.remove(key.namespace()));
        used.remove("");
        Optional<ApiResource> namespaces = cluster.discovery().find("v1", "Namespace");
        Set<String> missing = new HashSet<>();
        if (namespaces.isPresent()) {
            List<String> names = List.copyOf(used);
            List<Boolean> there = Parallel.map(
                    names, deployment.concurrency(), name -> patience.call(() -> isThere(namespaces.get(), name)));
            for (int i = 0; i < names.size(); i++) {
                if (!there.get(i)) {
                    missing.add(names.get(i));
                }
            }
        }
        return new Surroundings(made, definitions, missing);
    }

    /** Whoever may not look at namespaces learns from the dry run whether there is one. */
    private boolean isThere(ApiResource namespaces, String name) throws IOException {
        try {
            return cluster.get(namespaces, "", name).isPresent();
        } catch (ClusterException e) {
            if (e.kind() == ClusterException.Kind.FORBIDDEN) {
                return true;
            }
            throw e;
        }
    }

    /**
     * Finds everything of a deployment: what {@code berth delete} takes away, and what it leaves.
     *
     * @param deployment without objects
     * @throws IllegalArgumentException if it has no discriminator
     */
    public Plan planRemoval(Deployment deployment) throws IOException {
        Discriminator discriminator =
                deployment.discriminator().orElseThrow(() -> new IllegalArgumentException("no discriminator"));
        Scan scan = Scan.of(cluster, deployment, discriminator, tell);
        List<Removal> removals = new ArrayList<>();
        List<Kept> kept = new ArrayList<>();
        PruneRules rules = PruneRules.everything(discriminator, deployment.fieldManager());
        Removals.sort(scan, rules, Set.of(), removals, kept);
        removals.sort(Removals.order(deployment.order()));
        return new Plan(deployment, cluster.context(), List.of(), removals, kept, scan.notLooked(), List.of(), false);
    }
}
