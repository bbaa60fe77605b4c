package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.DeleteOptions.Propagation;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Runs hooks: one after another, each made anew and awaited as its annotations say. */
final class HookRuns {
    private final Applying applying;
    private final Deletion deletion;
    private final Awaiting awaiting;
    private final Ledger ledger;

    HookRuns(Applying applying, Deletion deletion, Awaiting awaiting, Ledger ledger) {
        this.applying = applying;
        this.deletion = deletion;
        this.awaiting = awaiting;
        this.ledger = ledger;
    }

    /** Runs those whose moment it is, until one fails. */
    void run(List<Target> targets, Predicate<Hook> moment) throws IOException {
        List<Target> due = targets.stream()
                .filter(target -> moment.test(hook(target)))
                .sorted(Comparator.comparingInt(target -> hook(target).weight()))
                .toList();
        for (Target target : due) {
            try {
                run(target, hook(target));
            } catch (IOException e) {
                ledger.failed(target.key(), String.valueOf(e.getMessage()));
            }
            if (ledger.hasProblem()) {
                return;
            }
        }
    }

    private static Hook hook(Target target) {
        return target.rules().hook().orElseThrow();
    }

    private void run(Target target, Hook hook) throws IOException {
        if (hook.policies().contains(Hook.DeletePolicy.BEFORE_HOOK_CREATION) && !delete(target)) {
            ledger.failed(target.key(), "it is still there from the last deployment, and waits for its finalizers");
            return;
        }
        ObjectNode live = applying.apply(target);
        List<String> problems = hook.waited() ? awaiting.await(List.of(awaiting.awaited(target, live))) : List.of();
        if (problems.isEmpty()) {
            ledger.did(target.key(), Outcome.Result.RAN, "");
            if (hook.waited() && hook.policies().contains(Hook.DeletePolicy.HOOK_SUCCEEDED)) {
                delete(target);
            }
        } else {
            ledger.failed(target.key(), "the hook failed: " + problems.getFirst());
            if (hook.policies().contains(Hook.DeletePolicy.HOOK_FAILED)) {
                delete(target);
            }
        }
    }

    /** Whether it is gone. */
    private boolean delete(Target target) throws IOException {
        Optional<Removal> old = applying.get(target).map(live -> new Removal(target.resource(), live));
        if (old.isEmpty()) {
            return true;
        }
        deletion.begin(old.get(), Propagation.BACKGROUND);
        return deletion.awaitGone(old.get());
    }
}
