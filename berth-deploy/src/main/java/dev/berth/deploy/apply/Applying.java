package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Deadline;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.ApplyOptions;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.DeleteOptions.Propagation;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Applies single objects. */
final class Applying {
    /** How long what the server makes by itself may take: a new kind's paths, a new namespace's service account. */
    private static final Duration SETTLING = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Cluster cluster;
    private final Deployment deployment;
    private final Patience patience;

    Applying(Cluster cluster, Deployment deployment, Patience patience) {
        this.cluster = cluster;
        this.deployment = deployment;
        this.patience = patience;
    }

    /** Applies an object as it was planned, and gives what it is then. */
    ObjectNode apply(Target target) throws IOException {
        ApiResource resource = resource(target);
        ApplyOptions options = new ApplyOptions(deployment.fieldManager(), target.force(), false);
        Deadline settled = patience.deadline().atMost(SETTLING);
        Optional<ClusterException> answer = Optional.empty();
        while (true) {
            try {
                return patience.call(() -> cluster.apply(resource, target.object(), options));
            } catch (ClusterException e) {
                if (!mayPass(target, e)) {
                    throw e;
                }
                answer = Optional.of(e);
                settled.pause(PAUSE);
            } catch (IOException e) {
                // It was under way when the time was over: what the server said before says more.
                throw answer.isPresent() && settled.over() ? answer.get() : e;
            }
            if (settled.over()) {
                throw answer.get();
            }
        }
    }

    /** The kind as it is served now, which a CRD of this deployment may have brought about a moment ago. */
    ApiResource resource(Target target) throws IOException {
        return target.coming()
                ? patience.call(cluster::discovery)
                        .find(target.key().apiVersion(), target.key().kind())
                        .orElse(target.resource())
                : target.resource();
    }

    private static boolean mayPass(Target target, ClusterException e) {
        String message = String.valueOf(e.getMessage());
        return switch (e.kind()) {
            case NOT_FOUND -> target.coming();
            case FORBIDDEN -> message.contains("error looking up service account");
            case SERVER -> message.contains("failed calling webhook"); // its pod may be about to start
            default -> false;
        };
    }

    /**
     * Makes the fields that an earlier tool applied ours, so that those that the manifest no longer has go. Another change in
     * between is met with another look.
     */
    void takeOver(Change.Update update, String from) throws IOException {
        Target target = update.target();
        ObjectNode live = update.before();
        for (int attempt = 1; ; attempt++) {
            ObjectNode patch = JSON.createObjectNode();
            patch.putObject("metadata")
                    .put(
                            "resourceVersion",
                            live.path("metadata").path("resourceVersion").asText())
                    .set("managedFields", ManagedFields.of(live).handedOver(from, deployment.fieldManager()));
            try {
                patience.call(() -> cluster.patchMerge(target.resource(), target.key(), patch, ""));
                return;
            } catch (ClusterException e) {
                boolean moved = e.kind() == ClusterException.Kind.STALE || e.kind() == ClusterException.Kind.CONFLICT;
                Optional<ObjectNode> now = moved && attempt < 5 ? get(target) : Optional.empty();
                if (now.isEmpty()) {
                    throw e;
                }
                live = now.get();
                ManagedFields fields = ManagedFields.of(live);
                if (fields.applied(from).isEmpty()
                        || fields.applied(deployment.fieldManager()).isPresent()) {
                    return; // done already, by an attempt whose answer was lost
                }
            }
        }
    }

    /** What is there of an object. */
    Optional<ObjectNode> get(Target target) throws IOException {
        ApiResource resource = resource(target);
        return patience.call(() ->
                cluster.get(resource, target.key().namespace(), target.key().name()));
    }

    /** Deletes an object with all that it owns, and applies it when it is gone. */
    ObjectNode recreate(Change.Recreate change, Deletion deletion) throws IOException {
        Removal old = new Removal(change.target().resource(), change.before());
        deletion.begin(old, Propagation.FOREGROUND);
        if (!deletion.awaitGone(old)) {
            throw new IOException(change.key() + " was deleted to be made anew, and is not gone yet; it waits for its"
                    + " finalizers or for what it owns");
        }
        return apply(change.target());
    }
}
