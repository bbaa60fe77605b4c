package dev.berth.deploy.apply;

import dev.berth.kubernetes.ObjectKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps what became of each object of a plan. Safe for use by many threads. */
final class Ledger {
    private final DeployProgress progress;
    private final Map<ObjectKey, Outcome> applied = new LinkedHashMap<>();
    private final Map<ObjectKey, Outcome> removed = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    Ledger(Plan plan, DeployProgress progress) {
        this.progress = progress;
        for (Change change : plan.changes()) {
            applied.put(
                    change.key(),
                    switch (change) {
                        case Change.Unchanged _ -> new Outcome(change.key(), Outcome.Result.UNCHANGED, "");
                        case Change.Ignored _ -> new Outcome(change.key(), Outcome.Result.IGNORED, "");
                        case Change.Refused(ObjectKey key, String why) -> new Outcome(key, Outcome.Result.FAILED, why);
                        case Change.Create _, Change.Update _, Change.Recreate _, Change.RunHook _ ->
                            notDone(change.key());
                    });
        }
        plan.removals().forEach(removal -> removed.put(removal.key(), notDone(removal.key())));
    }

    private static Outcome notDone(ObjectKey key) {
        return new Outcome(key, Outcome.Result.NOT_DONE, "");
    }

    /** Something was done to an object. */
    void did(ObjectKey key, Outcome.Result result, String detail) {
        Outcome outcome = new Outcome(key, result, detail);
        synchronized (this) {
            (result == Outcome.Result.DELETED ? removed : applied).put(key, outcome);
        }
        progress.did(outcome);
    }

    /** An object could not be applied, or run. */
    void failed(ObjectKey key, String why) {
        did(key, Outcome.Result.FAILED, why);
        problem(why.startsWith(key.toString()) ? why : key + ": " + why);
    }

    /** An object could not be deleted. */
    void notRemoved(ObjectKey key, String why) {
        Outcome outcome = new Outcome(key, Outcome.Result.FAILED, why);
        synchronized (this) {
            removed.put(key, outcome);
        }
        progress.did(outcome);
        problem(why.startsWith(key.toString()) ? why : key + ": " + why);
    }

    /** Something went wrong. */
    synchronized void problem(String line) {
        problems.add(line);
    }

    synchronized boolean hasProblem() {
        return !problems.isEmpty();
    }

    /** All of it. */
    synchronized DeployReport report() {
        List<Outcome> outcomes = new ArrayList<>(applied.values());
        outcomes.addAll(removed.values());
        Optional<String> problem = problems.isEmpty()
                ? Optional.empty()
                : Optional.of(problems.getFirst()
                        + (problems.size() == 1 ? "" : " (and " + (problems.size() - 1) + " more)"));
        return new DeployReport(outcomes, problem);
    }
}
