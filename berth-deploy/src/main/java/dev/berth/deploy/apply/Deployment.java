package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a cluster is to have, and how it is to get it.
 *
 * @param objects the manifest's, in its order
 * @param discriminator what tells them from others' objects; without one they get no label and nothing can be pruned
 * @param fieldManager in whose name they are applied
 * @param order which kinds come first
 * @param policy what may be done
 * @param concurrency how many requests there are at once, at least 1
 * @param timeout how long all of it may take, pauses of the API server included
 */
public record Deployment(
        List<ObjectNode> objects,
        Optional<Discriminator> discriminator,
        String fieldManager,
        KindOrder order,
        Policy policy,
        int concurrency,
        Duration timeout) {
    /** How many requests at once where nothing else is said. */
    public static final int CONCURRENCY = 8;

    /** How long a deployment may take where nothing else is said. */
    public static final Duration TIMEOUT = Duration.ofMinutes(10);

    /**
     * What a deployment may do beyond creating and changing objects.
     *
     * @param force take fields that other managers have with other values
     * @param recreate delete and make anew what can't be changed in place; never what holds data or other objects
     * @param prune delete what the discriminator finds and the manifest lacks
     * @param await wait until all objects are ready
     */
    public record Policy(boolean force, boolean recreate, boolean prune, boolean await) {
        /** Nothing but that, with waiting. */
        public static final Policy CAREFUL = new Policy(false, false, false, true);
    }

    /** Copies. @throws IllegalArgumentException if the concurrency is less than 1 */
    public Deployment {
        objects = List.copyOf(objects);
        if (concurrency < 1) {
            throw new IllegalArgumentException("concurrency " + concurrency);
        }
    }

    /** Objects with everything else as usual. */
    public static Deployment of(List<ObjectNode> objects, Optional<Discriminator> discriminator) {
        return new Deployment(objects, discriminator, "berth", KindOrder.USUAL, Policy.CAREFUL, CONCURRENCY, TIMEOUT);
    }

    /** This with another policy. */
    public Deployment with(Policy other) {
        return new Deployment(objects, discriminator, fieldManager, order, other, concurrency, timeout);
    }
}
