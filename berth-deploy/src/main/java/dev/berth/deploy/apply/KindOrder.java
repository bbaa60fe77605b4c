package dev.berth.deploy.apply;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The order in which kinds are applied, smaller priorities first: Helm's install order (helm/pkg/release/util/kind_sorter.go)
 * by tens, then every other kind, then what makes the API server call into what was applied: a webhook whose server is
 * not up yet would hold up every object behind it. {@code nix/kubernetes/order.nix} has the same.
 */
public final class KindOrder {
    /** What a kind has that nobody names: custom resources. */
    public static final int OTHERS = 1000;

    private static final List<String> KINDS = List.of(
            "PriorityClass",
            "Namespace",
            "NetworkPolicy",
            "ResourceQuota",
            "LimitRange",
            "PodSecurityPolicy",
            "PodDisruptionBudget",
            "ServiceAccount",
            "Secret",
            "SecretList",
            "ConfigMap",
            "StorageClass",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "CustomResourceDefinition",
            "ClusterRole",
            "ClusterRoleList",
            "ClusterRoleBinding",
            "ClusterRoleBindingList",
            "Role",
            "RoleList",
            "RoleBinding",
            "RoleBindingList",
            "Service",
            "DaemonSet",
            "Pod",
            "ReplicationController",
            "ReplicaSet",
            "Deployment",
            "HorizontalPodAutoscaler",
            "StatefulSet",
            "Job",
            "CronJob",
            "IngressClass",
            "Ingress");

    /** The usual order. */
    public static final KindOrder USUAL = new KindOrder(usual());

    private final Map<String, Integer> priorities;

    private KindOrder(Map<String, Integer> priorities) {
        this.priorities = Map.copyOf(priorities);
    }

    private static Map<String, Integer> usual() {
        Map<String, Integer> usual = new HashMap<>();
        for (int i = 0; i < KINDS.size(); i++) {
            usual.put(KINDS.get(i), (i + 1) * 10);
        }
        usual.put("APIService", 1010);
        usual.put("MutatingWebhookConfiguration", 1020);
        usual.put("ValidatingWebhookConfiguration", 1030);
        return usual;
    }

    /** This order with other priorities for some kinds. */
    public KindOrder with(Map<String, Integer> given) {
        Map<String, Integer> all = new HashMap<>(priorities);
        all.putAll(given);
        return new KindOrder(all);
    }

    /** The priority of a kind. */
    public int of(String kind) {
        return priorities.getOrDefault(kind, OTHERS);
    }

    /** All kinds that have a priority of their own. */
    Map<String, Integer> priorities() {
        return priorities;
    }
}
