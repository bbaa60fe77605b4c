package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.ObjectKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads what is there of a deployment's objects: by lists where there are many of a kind, else one by one. */
final class LiveObjects {
    /** So many of one kind and namespace are asked for one by one, where a list has only the deployment's own. */
    private static final int FEW = 2;

    /** The same where a list has those of others, too. */
    private static final int SOME = 10;

    private final Cluster cluster;
    private final Deployment deployment;
    private final Patience patience;

    LiveObjects(Cluster cluster, Deployment deployment, Patience patience) {
        this.cluster = cluster;
        this.deployment = deployment;
        this.patience = patience;
    }

    /** What one place is asked for at once. */
    private record Place(ApiResource resource, String namespace) {}

    /** Those that are there, by their keys. Whatever may not be read is as if it were not there: applying it will tell. */
    Map<ObjectKey, ObjectNode> of(List<Target> targets) throws IOException {
        Map<Place, List<Target>> places = new LinkedHashMap<>();
        for (Target target : targets) {
            if (!target.coming()) {
                places.computeIfAbsent(new Place(target.resource(), target.key().namespace()), _ -> new ArrayList<>())
                        .add(target);
            }
        }
        Map<ObjectKey, ObjectNode> live = new HashMap<>();
        int few = deployment.discriminator().isPresent() ? FEW : SOME;
        List<Place> listed = places.entrySet().stream()
                .filter(place -> place.getValue().size() > few
                        && place.getKey().resource().can("list"))
                .map(Map.Entry::getKey)
                .toList();
        Set<ObjectKey> wanted = targets.stream().map(Target::key).collect(Collectors.toSet());
        for (Map<ObjectKey, ObjectNode> found :
                Parallel.map(listed, deployment.concurrency(), place -> listed(place, wanted))) {
            live.putAll(found);
        }
        List<Target> missing = places.values().stream()
                .flatMap(List::stream)
                .filter(target -> !live.containsKey(target.key()))
                .toList();
        List<Optional<ObjectNode>> single = Parallel.map(missing, deployment.concurrency(), this::get);
        for (int i = 0; i < missing.size(); i++) {
            ObjectKey key = missing.get(i).key();
            single.get(i).ifPresent(object -> live.put(key, object));
        }
        return live;
    }

    private Map<ObjectKey, ObjectNode> listed(Place place, Set<ObjectKey> wanted) throws IOException {
        String selector = deployment
                .discriminator()
                .map(d -> Discriminator.LABEL + "=" + d)
                .orElse("");
        ApiResource resource = place.resource();
        return patience.call(() -> {
            Map<ObjectKey, ObjectNode> found = new HashMap<>();
            try {
                cluster.list(resource, place.namespace(), selector, object -> {
                    ObjectKey key = new ObjectKey(
                            resource.apiVersion(),
                            resource.kind(),
                            place.namespace(),
                            object.path("metadata").path("name").asText());
                    if (wanted.contains(key)) {
                        found.put(key, object);
                    }
                });
            } catch (ClusterException e) {
                if (e.retryable()) {
                    throw e;
                }
                found.clear(); // whoever may not list may still be allowed to get
            }
            return found;
        });
    }

    private Optional<ObjectNode> get(Target target) throws IOException {
        return patience.call(() -> {
            try {
                return cluster.get(
                        target.resource(),
                        target.key().namespace(),
                        target.key().name());
            } catch (ClusterException e) {
                if (e.retryable()) {
                    throw e;
                }
                return Optional.empty();
            }
        });
    }
}
