package dev.berth.deploy.apply;

import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.DeleteOptions;
import dev.berth.kubernetes.ObjectKey;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Deletes objects, none but those that are meant, and sees them go. */
final class Deletion {
    private static final Duration FIRST_LOOK = Duration.ofMillis(50);
    private static final Duration LAST_LOOK = Duration.ofSeconds(1);

    private final Cluster cluster;
    private final Patience patience;

    Deletion(Cluster cluster, Patience patience) {
        this.cluster = cluster;
        this.patience = patience;
    }

    /** Has an object deleted; it may be there for a while. One that is gone, or of which there is another by now, is fine. */
    void begin(Removal removal, DeleteOptions.Propagation propagation) throws IOException {
        DeleteOptions options = new DeleteOptions(Optional.of(removal.uid()), propagation, false);
        patience.call(() -> {
            try {
                cluster.delete(removal.resource(), removal.key(), options);
            } catch (ClusterException e) {
                if (e.kind() != ClusterException.Kind.NOT_FOUND && e.kind() != ClusterException.Kind.STALE) {
                    throw e;
                }
            }
            return true;
        });
    }

    /** Whether it went before the deadline. */
    boolean awaitGone(Removal removal) throws IOException {
        Duration look = FIRST_LOOK;
        while (isThere(removal.resource(), removal.key(), removal.uid())) {
            if (patience.deadline().over()) {
                return false;
            }
            patience.deadline().pause(look);
            look = look.multipliedBy(2).compareTo(LAST_LOOK) < 0 ? look.multipliedBy(2) : LAST_LOOK;
        }
        return true;
    }

    private boolean isThere(ApiResource resource, ObjectKey key, String uid) throws IOException {
        return patience.call(() -> cluster.get(resource, key.namespace(), key.name())
                .filter(live -> live.path("metadata").path("uid").asText().equals(uid))
                .isPresent());
    }
}
