package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Readiness.Waiting;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Readiness, and what a claim of a volume does not say itself: that its storage class binds it only when a pod uses it
 * ({@code WaitForFirstConsumer}). As long as none does, nothing is missing. Once the scheduler has chosen a node for the
 * pod, the claim is waited for like any other.
 */
final class Claims {
    private static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";

    private final Cluster cluster;
    private final Map<String, Boolean> bindsLate = new ConcurrentHashMap<>();

    Claims(Cluster cluster) {
        this.cluster = cluster;
    }

    /** As {@link Readiness#of}, with questions to the API server where the object is a claim that is not bound. */
    Readiness readiness(ObjectNode object) {
        Readiness readiness = Readiness.of(object);
        Live live = new Live(object);
        boolean isOpen = readiness instanceof Waiting && live.groupKind().equals("PersistentVolumeClaim");
        if (!isOpen
                || live.isBeingDeleted()
                || object.path("metadata").path("annotations").has(SELECTED_NODE)) {
            return readiness;
        }
        String storageClass = Live.text(live.spec(), "storageClassName");
        return !storageClass.isEmpty() && bindsLate(storageClass) ? Rules.READY : readiness;
    }

    private boolean bindsLate(String name) {
        Boolean known = bindsLate.get(name);
        if (known != null) {
            return known;
        }
        try {
            Optional<ApiResource> classes = cluster.discovery().find("storage.k8s.io/v1", "StorageClass");
            Optional<ObjectNode> storageClass =
                    classes.isEmpty() ? Optional.empty() : cluster.get(classes.get(), "", name);
            boolean late = storageClass
                    .filter(object -> Live.text(object, "volumeBindingMode").equals("WaitForFirstConsumer"))
                    .isPresent();
            if (storageClass.isPresent()) {
                bindsLate.put(name, late);
            }
            return late;
        } catch (ClusterException e) {
            return false; // who may not read classes waits until the claim is bound
        }
    }
}
