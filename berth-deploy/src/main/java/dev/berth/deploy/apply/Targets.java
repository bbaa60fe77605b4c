package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.ObjectKey;
import dev.berth.nix.FormatException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Sorts the objects of a deployment.
 *
 * @param applicable what can be applied, in the order of its barriers, those of one barrier as in the manifest
 * @param deleted what is to go, as its annotation says
 * @param ignored what is to be left alone, as its annotation says
 * @param refused what can't be applied
 * @param notes what the user should know
 */
record Targets(
        List<Target> applicable,
        List<Target> deleted,
        List<Target> ignored,
        List<Change.Refused> refused,
        List<String> notes) {
    /** @param namespace where objects without one go that need one */
    static Targets of(Deployment deployment, Kinds kinds, String namespace) {
        Targets targets = new Targets(
                new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        Map<String, ObjectKey> seen = new HashMap<>();
        for (ObjectNode written : deployment.objects()) {
            targets.add(written, deployment, kinds, namespace, seen);
        }
        targets.applicable.sort(Comparator.comparingInt(Target::priority));
        return targets;
    }

    private void add(
            ObjectNode written,
            Deployment deployment,
            Kinds kinds,
            String defaultNamespace,
            Map<String, ObjectKey> seen) {
        ObjectKey as = ObjectKey.of(written);
        if (as.name().isEmpty()) {
            refuse(as, "it has no metadata.name, without which it would be made anew by every deployment");
            return;
        }
        Optional<ApiResource> served = kinds.served(as.apiVersion(), as.kind());
        Optional<ApiResource> resource = served.or(() -> kinds.coming(as.apiVersion(), as.kind()));
        if (resource.isEmpty()) {
            refuse(as, kinds.unknown(as.apiVersion(), as.kind()));
            return;
        }
        String namespace =
                !resource.get().namespaced() ? "" : as.namespace().isEmpty() ? defaultNamespace : as.namespace();
        try {
            ObjectNode object = Desired.of(written, namespace, deployment.discriminator());
            ObjectRules rules = ObjectRules.of(written);
            ObjectKey key = ObjectKey.of(object);
            String identity = resource.get().group() + "/" + key;
            if (seen.putIfAbsent(identity, key) != null) {
                refuse(key, "the manifest has it twice");
                return;
            }
            rules.unknown().forEach(name -> notes.add(key + ": annotation " + name + " means nothing to Berth"));
            int priority = rules.priority().orElse(deployment.order().of(key.kind()));
            boolean force = deployment.policy().force() || rules.conflicts().force();
            Target target = new Target(object, resource.get(), served.isEmpty(), priority, rules, force);
            if (rules.ignore()) {
                ignored.add(target);
            } else if (rules.delete()) {
                deleted.add(target);
            } else {
                applicable.add(target);
            }
        } catch (FormatException e) {
            refuse(as, String.valueOf(e.getMessage()));
        }
    }

    /** All that is known to the cluster. */
    List<Target> all() {
        return Stream.of(applicable, deleted, ignored).flatMap(List::stream).toList();
    }

    private void refuse(ObjectKey key, String why) {
        refused.add(new Change.Refused(key, why));
    }
}
