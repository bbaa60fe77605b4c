package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether an object that a discriminator found is this deployment's to delete. Labels alone prove nothing: controllers copy
 * them to what they make.
 *
 * @param discriminator of the deployment
 * @param fieldManager in whose name it applies
 * @param wanted the uids of what the manifest has
 * @param units the units of ekn's that the manifest has; those of others are another deployment's
 */
record PruneRules(Discriminator discriminator, String fieldManager, Set<String> wanted, Set<String> units) {
    private static final String EKN_UNIT = "ekn.dev/deployment-unit";

    /** Rules for objects of no manifest: everything of the deployment goes. */
    static PruneRules everything(Discriminator discriminator, String fieldManager) {
        return new PruneRules(discriminator, fieldManager, Set.of(), Set.of());
    }

    /** What to do with an object. */
    sealed interface Verdict {}

    /** It goes. */
    record Remove() implements Verdict {}

    /**
     * It stays.
     *
     * @param why for the user; empty if it would surprise nobody
     */
    record Keep(String why) implements Verdict {}

    Verdict of(ObjectNode live) {
        JsonNode metadata = live.path("metadata");
        if (!discriminator.on(live) || wanted.contains(metadata.path("uid").asText())) {
            return new Keep("");
        }
        if (metadata.has("deletionTimestamp")) {
            return new Keep("it is being deleted already");
        }
        if (!isOurs(live)) {
            return new Keep("");
        }
        String unit = metadata.path("labels").path(EKN_UNIT).asText();
        if (!unit.isEmpty() && !units.contains(unit)) {
            return new Keep("it is of ekn's unit " + unit + ", which the manifest has nothing of");
        }
        if (ObjectRules.protectedFromDeletion(live)) {
            return new Keep("its annotations protect it");
        }
        return new Remove();
    }

    /** Whether this deployment brought it to the cluster: found by its label, and applied by it or an earlier tool. */
    boolean isOurs(ObjectNode live) {
        if (!discriminator.on(live)) {
            return false;
        }
        if (ObjectRules.forceManaged(live)) {
            return true;
        }
        List<String> managers = new ArrayList<>(List.of(fieldManager));
        if (discriminator.onByEarlierTool(live)) {
            managers.addAll(Discriminator.EARLIER_MANAGERS);
        }
        return live.path("metadata").path("ownerReferences").isEmpty()
                && ManagedFields.of(live).appliedBy(managers).isPresent();
    }

    /** The unit of ekn's that an object is of. */
    static Optional<String> unit(ObjectNode object) {
        String unit = object.path("metadata").path("labels").path(EKN_UNIT).asText();
        return unit.isEmpty() ? Optional.empty() : Optional.of(unit);
    }
}
