package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The pods of a workload that are of its newest revision: those of older ones may have been in trouble before the change
 * that is to help, and are about to end.
 */
final class WorkloadPods {
    private static final Set<String> KINDS = Set.of(
            "apps/Deployment",
            "apps/ReplicaSet",
            "ReplicationController",
            "apps/StatefulSet",
            "apps/DaemonSet",
            "batch/Job");

    private static final int MOST = 100;
    private static final String REVISION = "deployment.kubernetes.io/revision";

    private final Live workload;
    private final LabelSelector selector;
    private final String owner;

    private WorkloadPods(Live workload, LabelSelector selector, String owner) {
        this.workload = workload;
        this.selector = selector;
        this.owner = owner;
    }

    /** Whether the kind makes pods. */
    static boolean has(ObjectNode workload) {
        return KINDS.contains(new Live(workload).groupKind());
    }

    /** Of a workload as it is now; for a Deployment its replica sets are asked for. */
    static WorkloadPods of(Cluster cluster, ObjectNode live) throws ClusterException {
        Live workload = new Live(live);
        LabelSelector selector = LabelSelector.of(workload);
        String owner = workload.groupKind().equals("apps/Deployment")
                ? newestReplicaSet(cluster, workload, selector)
                : uid(live);
        return new WorkloadPods(workload, selector, owner);
    }

    /** Its uid, or empty while there is none. */
    private static String newestReplicaSet(Cluster cluster, Live deployment, LabelSelector selector)
            throws ClusterException {
        Optional<ApiResource> replicaSets = cluster.discovery().find("apps/v1", "ReplicaSet");
        List<String> newest = new ArrayList<>();
        if (replicaSets.isPresent() && !selector.isEmpty()) {
            String uid = uid(deployment.json());
            String revision = annotation(deployment.json(), REVISION);
            cluster.list(replicaSets.get(), namespace(deployment.json()), selector.toString(), replicaSet -> {
                if (owner(replicaSet).equals(uid)
                        && annotation(replicaSet, REVISION).equals(revision)) {
                    newest.add(uid(replicaSet));
                }
            });
        }
        return newest.size() == 1 ? newest.getFirst() : "";
    }

    boolean includes(JsonNode pod) {
        if (owner.isEmpty() || !owner(pod).equals(owner) || !selector.selects(pod)) {
            return false;
        }
        return switch (workload.groupKind()) {
            case "apps/StatefulSet" ->
                label(pod, "controller-revision-hash").equals(Live.text(workload.status(), "updateRevision"));
            case "apps/DaemonSet" -> {
                String generation = annotation(workload.json(), "deprecated.daemonset.template.generation");
                yield generation.isEmpty()
                        || label(pod, "pod-template-generation").equals(generation);
            }
            default -> true;
        };
    }

    /** Those that are not ready, at most so many as could be of interest. */
    List<ObjectNode> unready(Cluster cluster) throws ClusterException {
        List<ObjectNode> pods = new ArrayList<>();
        Optional<ApiResource> kind = cluster.discovery().find("v1", "Pod");
        if (kind.isPresent() && !selector.isEmpty() && !owner.isEmpty()) {
            cluster.list(kind.get(), namespace(workload.json()), selector.toString(), pod -> {
                if (pods.size() < MOST && includes(pod) && !(Readiness.of(pod) instanceof Readiness.Ready)) {
                    pods.add(pod);
                }
            });
        }
        return pods;
    }

    static String namespace(JsonNode object) {
        return Live.text(object.path("metadata"), "namespace");
    }

    static String name(JsonNode object) {
        return Live.text(object.path("metadata"), "name");
    }

    static String uid(JsonNode object) {
        return Live.text(object.path("metadata"), "uid");
    }

    private static String annotation(JsonNode object, String name) {
        return Live.text(object.path("metadata").path("annotations"), name);
    }

    private static String label(JsonNode object, String name) {
        return Live.text(object.path("metadata").path("labels"), name);
    }

    /** The uid of the controller that an object belongs to. */
    private static String owner(JsonNode object) {
        for (JsonNode owner : object.path("metadata").path("ownerReferences")) {
            if (owner.path("controller").asBoolean()) {
                return Live.text(owner, "uid");
            }
        }
        return "";
    }
}
