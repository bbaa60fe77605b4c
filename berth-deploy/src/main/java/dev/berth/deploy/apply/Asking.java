package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApplyOptions;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds out what would become of one object: from what is live if that proves it, else by a dry run on the server. */
final class Asking {
    /** Deleting these deletes what can't be made anew: data, or the objects of others. */
    private static final Set<String> NEVER_RECREATED =
            Set.of("PersistentVolumeClaim", "PersistentVolume", "Secret", "Namespace", "CustomResourceDefinition");

    /** One dry run settles most conflicts, a second all that it showed. */
    private static final int ROUNDS = 4;

    private final Cluster cluster;
    private final Deployment deployment;
    private final Surroundings surroundings;
    private final Patience patience;

    Asking(Cluster cluster, Deployment deployment, Surroundings surroundings, Patience patience) {
        this.cluster = cluster;
        this.deployment = deployment;
        this.surroundings = surroundings;
        this.patience = patience;
    }

    Change about(Target target, Optional<ObjectNode> there) throws IOException {
        if (target.coming()) {
            return new Change.Create(target, target.object(), Optional.of("its kind" + Surroundings.COMES));
        }
        if (there.isEmpty()) {
            Optional<Change> nowhere = surroundings.namespaceProblem(target);
            if (nowhere.isPresent()) {
                return nowhere.get();
            }
        } else {
            if (ManagedFields.provesUnchanged(target.object(), there.get(), deployment.fieldManager())) {
                return new Change.Unchanged(target, there.get());
            }
            Optional<String> other = otherDeployment(there.get());
            if (other.isPresent() && !target.force()) {
                return new Change.Refused(
                        target.key(),
                        "it belongs to the deployment of discriminator " + other.get()
                                + "; --force-conflicts takes it from there");
            }
        }
        return ask(target, there);
    }

    private Change ask(Target asked, Optional<ObjectNode> there) throws IOException {
        Optional<String> earlier = there.flatMap(this::earlierManager);
        Target target = asked;
        for (int round = 1; ; round++) {
            try {
                return judge(target, there, dryRun(target, earlier.orElse(deployment.fieldManager())), earlier);
            } catch (ClusterException e) {
                if (e.kind() != ClusterException.Kind.CONFLICT) {
                    return failed(target, there, e);
                }
                FieldConflicts conflicts = FieldConflicts.of(
                        target, e.causes(), manager -> there.isPresent() && isEarlier(there.get(), manager));
                boolean stuck = e.causes().isEmpty() || (!conflicts.taken() && !conflicts.changed());
                if (!conflicts.open().isEmpty() || stuck || round == ROUNDS) {
                    return conflict(target, conflicts.open(), e);
                }
                target = target.with(conflicts.object(), conflicts.taken());
            }
        }
    }

    private ObjectNode dryRun(Target target, String manager) throws IOException {
        ApplyOptions options = new ApplyOptions(manager, target.force(), true);
        return patience.call(() -> cluster.apply(target.resource(), target.object(), options));
    }

    private Change judge(Target target, Optional<ObjectNode> there, ObjectNode after, Optional<String> earlier) {
        if (there.isEmpty()) {
            return new Change.Create(target, after, Optional.empty());
        }
        ObjectNode before = there.get();
        boolean same = earlier.isEmpty()
                && Differences.between(before, after, ObjectRules.DiffRules.NONE)
                        .isEmpty()
                && ManagedFields.of(before).sameOf(deployment.fieldManager(), ManagedFields.of(after));
        return same
                ? new Change.Unchanged(target, before)
                : new Change.Update(target, before, after, Optional.empty(), earlier);
    }

    private Change failed(Target target, Optional<ObjectNode> there, ClusterException e) throws IOException {
        String message = String.valueOf(e.getMessage());
        if (e.immutable() && there.isPresent()) {
            return immutable(target, there.get(), immutableFields(e));
        }
        return switch (e.kind()) {
            case UNREACHABLE, TIMEOUT, TOO_MANY_REQUESTS, UNAUTHORIZED, CONFIGURATION -> throw e;
            default -> {
                Optional<String> unasked = surroundings.excuse(target, e);
                if (unasked.isEmpty()) {
                    yield new Change.Refused(target.key(), message);
                }
                yield there.isEmpty()
                        ? new Change.Create(target, target.object(), unasked)
                        : new Change.Update(
                                target,
                                there.get(),
                                overlay(there.get(), target.object()),
                                unasked,
                                earlierManager(there.get()));
            }
        };
    }

    private static String immutableFields(ClusterException e) {
        String fields = e.causes().stream()
                .map(ClusterException.Cause::field)
                .filter(field -> !field.isEmpty())
                .distinct()
                .collect(Collectors.joining(", "));
        return fields.isEmpty() ? String.valueOf(e.getMessage()) : fields + " can't be changed in place";
    }

    private Change immutable(Target target, ObjectNode live, String message) {
        if (NEVER_RECREATED.contains(target.key().kind())) {
            return new Change.Refused(
                    target.key(),
                    message + "; Berth never deletes a " + target.key().kind()
                            + " to make it anew: give the new one another name, or delete it yourself");
        }
        return deployment.policy().recreate()
                ? new Change.Recreate(target, live, message)
                : new Change.Refused(target.key(), message + "; --recreate deletes it and makes it anew");
    }

    private static Change conflict(Target target, List<String> open, ClusterException e) {
        String fields = open.isEmpty() ? String.valueOf(e.getMessage()) : String.join(", ", open);
        return new Change.Refused(
                target.key(),
                "other managers have other values: " + fields
                        + "; leave the fields out of the manifest, or take them by --force-conflicts or by the annotation"
                        + " berth.dev/force-apply-field");
    }

    private Optional<String> otherDeployment(ObjectNode live) {
        String other =
                live.path("metadata").path("labels").path(Discriminator.LABEL).asText();
        boolean ours =
                deployment.discriminator().map(d -> d.value().equals(other)).orElse(false);
        return other.isEmpty() || ours ? Optional.empty() : Optional.of(other);
    }

    /**
     * The manager of an earlier tool that applied this deployment's object, as long as Berth has not: its fields are handed over,
     * and a dry run in its name shows exactly what comes of that.
     */
    private Optional<String> earlierManager(ObjectNode live) {
        ManagedFields fields = ManagedFields.of(live);
        boolean earlier =
                deployment.discriminator().map(d -> d.onByEarlierTool(live)).orElse(false)
                        && fields.appliedBy(List.of(deployment.fieldManager())).isEmpty();
        return earlier ? fields.appliedBy(Discriminator.EARLIER_MANAGERS) : Optional.empty();
    }

    private boolean isEarlier(ObjectNode live, String manager) {
        return Discriminator.EARLIER_MANAGERS.contains(manager)
                && deployment.discriminator().map(d -> d.onByEarlierTool(live)).orElse(false);
    }

    /** What an object may look like afterwards, where the server can't say. */
    private static ObjectNode overlay(ObjectNode live, ObjectNode desired) {
        ObjectNode merged = live.deepCopy();
        for (Map.Entry<String, JsonNode> field : desired.properties()) {
            boolean both = merged.path(field.getKey()) instanceof ObjectNode && field.getValue() instanceof ObjectNode;
            merged.set(
                    field.getKey(),
                    both
                            ? overlay((ObjectNode) merged.get(field.getKey()), (ObjectNode) field.getValue())
                            : field.getValue());
        }
        return merged;
    }
}
