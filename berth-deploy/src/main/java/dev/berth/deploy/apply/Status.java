package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Readiness;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ObjectKey;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * How the objects of a deployment are.
 *
 * @param objects in the order in which they are applied
 * @param notLooked kinds, with the reason, that could not be listed
 */
public record Status(List<Entry> objects, List<String> notLooked) {
    /** How one object is. */
    public record Entry(ObjectKey key, Readiness readiness) {}

    /** Copies. */
    public Status {
        objects = List.copyOf(objects);
        notLooked = List.copyOf(notLooked);
    }

    /**
     * Looks.
     *
     * @param deployment whose discriminator and field manager count
     * @param tell told what takes time
     * @throws IllegalArgumentException if it has no discriminator
     */
    public static Status of(Cluster cluster, Deployment deployment, Consumer<String> tell) throws IOException {
        Discriminator discriminator =
                deployment.discriminator().orElseThrow(() -> new IllegalArgumentException("no discriminator"));
        Scan scan = Scan.of(cluster, deployment, discriminator, tell);
        PruneRules rules = PruneRules.everything(discriminator, deployment.fieldManager());
        return new Status(
                scan.found().stream()
                        .filter(found -> rules.isOurs(found.live()))
                        .map(found -> new Entry(found.key(), Readiness.of(found.live())))
                        .sorted(Comparator.<Entry>comparingInt(entry ->
                                        deployment.order().of(entry.key().kind()))
                                .thenComparing(entry -> entry.key().toString()))
                        .toList(),
                scan.notLooked());
    }

    /** Whether there is something, and all of it is ready. */
    public boolean isReady() {
        return !objects.isEmpty() && objects.stream().allMatch(entry -> entry.readiness() instanceof Readiness.Ready);
    }

    /** For scripts. */
    public ObjectNode toJson() {
        ObjectNode json = new ObjectMapper().createObjectNode().put("ready", isReady());
        ArrayNode list = json.putArray("objects");
        for (Entry entry : objects) {
            ObjectNode object =
                    PlanJson.key(entry.key()).put("state", entry.readiness().word());
            String why = entry.readiness().why();
            if (!why.isEmpty()) {
                object.put("why", why);
            }
            list.add(object);
        }
        notLooked.forEach(json.putArray("notLooked")::add);
        return json;
    }
}
