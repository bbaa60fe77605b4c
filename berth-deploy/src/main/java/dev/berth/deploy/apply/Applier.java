package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Awaited;
import dev.berth.deploy.wait.Deadline;
import dev.berth.deploy.wait.Progress;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.DeleteOptions.Propagation;
import dev.berth.kubernetes.ObjectKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Carries out plans: barrier after barrier, and in a barrier several objects at once. A failure lets the others of its barrier
 * finish and ends the deployment; deploying again goes on from there. Whatever is there or not there in the end is in the
 * report. Deleting comes last, and only if everything is ready.
 */
public final class Applier {
    private final Cluster cluster;
    private final DeployProgress progress;
    private final Progress waiting;

    /**
     * @param progress told what is done
     * @param waiting told how waiting for objects goes on
     */
    public Applier(Cluster cluster, DeployProgress progress, Progress waiting) {
        this.cluster = cluster;
        this.progress = progress;
        this.waiting = waiting;
    }

    /**
     * Carries out a plan. What goes wrong is in the report.
     *
     * @throws IllegalArgumentException if the plan refuses something
     */
    public DeployReport apply(Plan plan) {
        if (!plan.refused().isEmpty()) {
            throw new IllegalArgumentException("a plan with refusals is not carried out");
        }
        Ledger ledger = new Ledger(plan, progress);
        Patience patience = new Patience(Deadline.in(plan.deployment().timeout()), progress::says);
        try {
            new Run(plan, ledger, patience).all();
        } catch (IOException e) {
            ledger.problem(String.valueOf(e.getMessage()));
        }
        return ledger.report();
    }

    /** One plan's carrying out. */
    private final class Run {
        private final Plan plan;
        private final Deployment deployment;
        private final Ledger ledger;
        private final Patience patience;
        private final Applying applying;
        private final Deletion deletion;
        private final Awaiting awaiting;
        private final HookRuns hooks;
        private final Map<ObjectKey, ObjectNode> live = new ConcurrentHashMap<>();

        Run(Plan plan, Ledger ledger, Patience patience) {
            this.plan = plan;
            this.deployment = plan.deployment();
            this.ledger = ledger;
            this.patience = patience;
            this.applying = new Applying(cluster, deployment, patience);
            this.deletion = new Deletion(cluster, patience);
            this.awaiting = new Awaiting(cluster, applying, patience, waiting);
            this.hooks = new HookRuns(applying, deletion, awaiting, ledger);
        }

        void all() throws IOException {
            for (List<Change.Applicable> barrier : barriers()) {
                barrier(barrier);
                if (ledger.hasProblem()) {
                    return;
                }
            }
            if (deployment.policy().await()) {
                awaitReady(plan.changes());
                if (ledger.hasProblem()) {
                    return;
                }
            }
            remove();
        }

        private Iterable<List<Change.Applicable>> barriers() {
            return plan.changes().stream()
                    .filter(Change.Applicable.class::isInstance)
                    .map(Change.Applicable.class::cast)
                    .collect(Collectors.groupingBy(
                            change -> change.target().priority(), TreeMap::new, Collectors.toList()))
                    .values();
        }

        private void barrier(List<Change.Applicable> barrier) throws IOException {
            List<Target> hooked = barrier.stream()
                    .filter(Change.RunHook.class::isInstance)
                    .map(Change.Applicable::target)
                    .toList();
            hooks.run(hooked, hook -> hook.before(plan.initial()));
            if (ledger.hasProblem()) {
                return;
            }
            Parallel.map(barrier, deployment.concurrency(), change -> {
                if (!patience.deadline().over()) {
                    one(change);
                }
                return true;
            });
            if (patience.deadline().over()) {
                throw new IOException("the time of " + deployment.timeout().toSeconds() + " s is over");
            }
            if (!ledger.hasProblem()) {
                new Definitions(cluster, applying, patience, ledger).await(barrier);
                awaitReady(barrier.stream()
                        .filter(change -> change.target().rules().waitReadiness())
                        .toList());
                hooks.run(hooked, hook -> hook.behind(plan.initial()));
            }
        }

        private void one(Change.Applicable change) {
            try {
                switch (change) {
                    case Change.Unchanged(var _, ObjectNode there) -> live.put(change.key(), there);
                    case Change.RunHook _ -> {} // at its own moment
                    case Change.Create(Target target, var _, var _) ->
                        done(change, Outcome.Result.CREATED, applying.apply(target));
                    case Change.Update update -> {
                        if (update.takenFrom().isPresent()) {
                            applying.takeOver(update, update.takenFrom().get());
                        }
                        done(change, Outcome.Result.CHANGED, applying.apply(update.target()));
                    }
                    case Change.Recreate recreate ->
                        done(change, Outcome.Result.RECREATED, applying.recreate(recreate, deletion));
                }
            } catch (IOException e) {
                ledger.failed(change.key(), String.valueOf(e.getMessage()));
            }
        }

        private void done(Change.Applicable change, Outcome.Result result, ObjectNode now) {
            live.put(change.key(), now);
            ledger.did(change.key(), result, "");
        }

        private void awaitReady(List<? extends Change> changes) throws IOException {
            List<Awaited> open = new ArrayList<>();
            for (Change change : changes) {
                Optional<ObjectNode> now =
                        Optional.ofNullable(live.get(change.key())).filter(there -> !Awaiting.isReady(there));
                if (change instanceof Change.Applicable applicable
                        && !applicable.target().rules().assumeReady()
                        && now.isPresent()) {
                    open.add(awaiting.awaited(applicable.target(), now.get()));
                }
            }
            awaiting.await(open).forEach(ledger::problem);
        }

        private void remove() throws IOException {
            Map<Integer, List<Removal>> barriers = plan.removals().stream()
                    .collect(Collectors.groupingBy(
                            removal -> -deployment.order().of(removal.key().kind()),
                            TreeMap::new,
                            Collectors.toList()));
            for (List<Removal> barrier : barriers.values()) {
                Parallel.map(barrier, deployment.concurrency(), removal -> {
                    remove(removal);
                    return true;
                });
                if (ledger.hasProblem()) {
                    return;
                }
            }
        }

        private void remove(Removal removal) {
            try {
                deletion.begin(removal, Propagation.BACKGROUND);
                if (!deployment.policy().await() || deletion.awaitGone(removal)) {
                    ledger.did(removal.key(), Outcome.Result.DELETED, "");
                } else {
                    ledger.notRemoved(removal.key(), "it is being deleted, and waits for its finalizers");
                }
            } catch (IOException e) {
                ledger.notRemoved(removal.key(), String.valueOf(e.getMessage()));
            }
        }
    }
}
