package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Deadline;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.Discovery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Everything in a cluster that has the label of a discriminator, of whatever kind.
 *
 * @param found each object once, though some are served in two groups
 * @param notLooked kinds that could not be listed, or not everywhere, with the reason
 */
record Scan(List<Removal> found, List<String> notLooked) {
    /** A kind's objects by one label. */
    private record Look(ApiResource resource, String selector) {}

    /** What a look gave; the problem is why it is not all, and empty if it is. */
    private record Seen(ApiResource resource, List<ObjectNode> objects, String problem) {}

    /**
     * For what has no manifest.
     *
     * @param tell told what takes time
     */
    static Scan of(Cluster cluster, Deployment deployment, Discriminator discriminator, Consumer<String> tell)
            throws IOException {
        return of(
                cluster,
                cluster.discovery(),
                discriminator,
                Set.of(cluster.namespace()),
                deployment.concurrency(),
                new Patience(Deadline.in(deployment.timeout()), tell));
    }

    /** @param namespaces where to look if listing all namespaces is not allowed */
    static Scan of(
            Cluster cluster,
            Discovery discovery,
            Discriminator discriminator,
            Set<String> namespaces,
            int concurrency,
            Patience patience)
            throws IOException {
        List<Look> looks = new ArrayList<>();
        for (ApiResource resource : discovery.listable()) {
            Discriminator.LABELS.forEach(label -> looks.add(new Look(resource, label + "=" + discriminator)));
        }
        List<Seen> seen =
                Parallel.map(looks, concurrency, look -> patience.call(() -> look(cluster, look, namespaces)));
        Map<String, Removal> found = new LinkedHashMap<>();
        Map<String, List<String>> problems = new TreeMap<>();
        for (Seen one : seen) {
            for (ObjectNode object : one.objects()) {
                found.putIfAbsent(object.path("metadata").path("uid").asText(), new Removal(one.resource(), object));
            }
            if (!one.problem().isEmpty()) {
                List<String> kinds = problems.computeIfAbsent(one.problem(), _ -> new ArrayList<>());
                String name = name(one.resource());
                if (!kinds.contains(name)) {
                    kinds.add(name);
                }
            }
        }
        List<String> notLooked = new ArrayList<>();
        problems.forEach((problem, kinds) -> notLooked.add(String.join(", ", kinds) + ": " + problem));
        discovery
                .unavailableGroups()
                .forEach(group -> notLooked.add("all kinds of API group " + group + ": its server does not answer"));
        return new Scan(List.copyOf(found.values()), List.copyOf(notLooked));
    }

    private static String name(ApiResource resource) {
        return resource.group().isEmpty() ? resource.kind() : resource.kind() + "." + resource.group();
    }

    private static Seen look(Cluster cluster, Look look, Collection<String> namespaces) throws IOException {
        ApiResource resource = look.resource();
        Optional<List<ObjectNode>> all = list(cluster, look, "");
        if (all.isPresent()) {
            return new Seen(resource, all.get(), "");
        }
        List<ObjectNode> objects = new ArrayList<>();
        List<String> places = new ArrayList<>();
        if (resource.namespaced()) {
            for (String namespace : namespaces) {
                Optional<List<ObjectNode>> some = list(cluster, look, namespace);
                if (some.isPresent()) {
                    objects.addAll(some.get());
                    places.add(namespace);
                }
            }
        }
        return new Seen(
                resource,
                objects,
                places.isEmpty()
                        ? "listing them is not allowed, or not possible"
                        : "listing them is allowed only in " + String.join(", ", places));
    }

    /** Empty if the server refuses: an answer of its own, and not an empty list. */
    private static Optional<List<ObjectNode>> list(Cluster cluster, Look look, String namespace) throws IOException {
        List<ObjectNode> objects = new ArrayList<>();
        try {
            cluster.list(look.resource(), namespace, look.selector(), objects::add);
            return Optional.of(objects);
        } catch (ClusterException e) {
            return switch (e.kind()) {
                case FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, INVALID, SERVER -> Optional.empty();
                default -> throw e;
            };
        }
    }
}
