package dev.berth.deploy.apply;

import java.util.List;

/**
 * What a deployment will do. Nothing has been done yet.
 *
 * @param deployment what was asked for
 * @param cluster what the cluster is called: the context
 * @param changes one for each object of the manifest, in the order in which they are applied
 * @param removals what will be deleted, in this order
 * @param kept what the discriminator found and is not deleted, where that may surprise
 * @param notLooked kinds, with the reason, whose objects could not be listed, so that none of them is deleted
 * @param notes what else the user should know, a line each
 * @param initial whether nothing of the manifest was there
 */
public record Plan(
        Deployment deployment,
        String cluster,
        List<Change> changes,
        List<Removal> removals,
        List<Kept> kept,
        List<String> notLooked,
        List<String> notes,
        boolean initial) {
    /** Copies. */
    public Plan {
        changes = List.copyOf(changes);
        removals = List.copyOf(removals);
        kept = List.copyOf(kept);
        notLooked = List.copyOf(notLooked);
        notes = List.copyOf(notes);
    }

    /** What can't be applied: if there is any, nothing is. */
    public List<Change.Refused> refused() {
        return changes.stream()
                .filter(Change.Refused.class::isInstance)
                .map(Change.Refused.class::cast)
                .toList();
    }

    /** Whether there is anything to do. */
    public boolean changesAnything() {
        return !removals.isEmpty()
                || changes.stream().anyMatch(change -> switch (change) {
                    case Change.Create _, Change.Update _, Change.Recreate _, Change.RunHook _ -> true;
                    case Change.Unchanged _, Change.Ignored _, Change.Refused _ -> false;
                });
    }
}
