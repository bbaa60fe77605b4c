package dev.berth.deploy.wait;

import dev.berth.deploy.wait.Live.Condition;
import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Troubled;
import dev.berth.deploy.wait.Readiness.Waiting;
import java.util.Optional;

/**
 * What makes pods: Deployments, DaemonSets and StatefulSets as {@code kubectl rollout status} sees them
 * (k8s.io/kubectl, pkg/polymorphichelpers/rollout_status.go).
 */
final class WorkloadRules {
    private WorkloadRules() {}

    static Readiness deployment(Live live) {
        if (!isObserved(live)) {
            return Rules.notObserved();
        }
        if (live.spec().path("paused").asBoolean()) {
            return Rules.READY; // what is paused is not rolled out until somebody resumes it
        }
        Optional<Condition> progressing = live.condition("Progressing");
        if (progressing.isPresent() && progressing.get().reason().equals("ProgressDeadlineExceeded")) {
            return new Failed(progressing.get().words());
        }
        Optional<Readiness> failure = replicaFailure(live);
        if (failure.isPresent()) {
            return failure.get();
        }
        long wanted = live.replicas();
        long updated = live.count("updatedReplicas");
        if (updated < wanted) {
            return of(updated, wanted, "updated");
        }
        if (live.count("replicas") > updated) {
            return ending(live.count("replicas") - updated, "old");
        }
        if (live.count("availableReplicas") < updated) {
            return of(live.count("availableReplicas"), updated, "available");
        }
        return Rules.READY;
    }

    static Readiness replicaSet(Live live) {
        if (!isObserved(live)) {
            return Rules.notObserved();
        }
        Optional<Readiness> failure = replicaFailure(live);
        if (failure.isPresent()) {
            return failure.get();
        }
        long wanted = live.replicas();
        if (live.count("fullyLabeledReplicas") < wanted) {
            return of(live.count("fullyLabeledReplicas"), wanted, "created");
        }
        if (live.count("availableReplicas") < wanted) {
            return of(live.count("availableReplicas"), wanted, "available");
        }
        return live.count("replicas") > wanted ? ending(live.count("replicas") - wanted, "surplus") : Rules.READY;
    }

    static Readiness statefulSet(Live live) {
        if (!isObserved(live)) {
            return Rules.notObserved();
        }
        if (isOnDelete(live)) {
            return Rules.READY; // its pods change when somebody deletes them
        }
        long wanted = live.replicas();
        // a set whose pods need not be ready for a while has the second number, on servers that know it
        boolean counted = live.status().has("availableReplicas") && Live.count(live.spec(), "minReadySeconds", 0) > 0;
        long ready = live.count(counted ? "availableReplicas" : "readyReplicas");
        if (ready < wanted) {
            return of(ready, wanted, counted ? "available" : "ready");
        }
        if (live.count("replicas") > wanted) {
            return ending(live.count("replicas") - wanted, "surplus");
        }
        long partition = Live.count(live.spec().path("updateStrategy").path("rollingUpdate"), "partition", 0);
        long toUpdate = Math.max(0, wanted - partition);
        if (live.count("updatedReplicas") < toUpdate) {
            return of(live.count("updatedReplicas"), toUpdate, "updated");
        }
        boolean isOneRevision =
                Live.text(live.status(), "currentRevision").equals(Live.text(live.status(), "updateRevision"));
        return partition == 0 && wanted > 0 && !isOneRevision
                ? new Waiting("the last pods are being updated")
                : Rules.READY;
    }

    static Readiness daemonSet(Live live) {
        if (!isObserved(live)) {
            return Rules.notObserved();
        }
        if (isOnDelete(live)) {
            return Rules.READY;
        }
        long wanted = live.count("desiredNumberScheduled");
        if (live.count("updatedNumberScheduled") < wanted) {
            return of(live.count("updatedNumberScheduled"), wanted, "updated");
        }
        if (live.count("numberAvailable") < wanted) {
            return of(live.count("numberAvailable"), wanted, "available");
        }
        return Rules.READY;
    }

    /** A Job is ready when it has done its work, as for Helm's {@code --wait-for-jobs}. */
    static Readiness job(Live live) {
        if (live.condition("Complete").filter(Condition::isTrue).isPresent()) {
            return Rules.READY;
        }
        for (String type : new String[] {"Failed", "FailureTarget"}) {
            Optional<Condition> failed = live.condition(type).filter(Condition::isTrue);
            if (failed.isPresent()) {
                return new Failed(failed.get().words());
            }
        }
        if (live.spec().path("suspend").asBoolean()) {
            return Rules.READY; // it begins when somebody resumes it
        }
        long failed = live.count("failed");
        if (failed > 0) {
            return new Troubled(failed + (failed == 1 ? " pod has" : " pods have") + " failed, backoffLimit is "
                    + Live.count(live.spec(), "backoffLimit", 6));
        }
        if (!live.status().has("startTime")) {
            return new Waiting("not started");
        }
        long completions = Live.count(live.spec(), "completions", 0);
        return completions > 1
                ? new Waiting(live.count("succeeded") + " of " + completions + " completions")
                : new Waiting("running");
    }

    private static boolean isObserved(Live live) {
        return live.observedGeneration().orElse(0) >= Math.max(1, live.generation());
    }

    private static boolean isOnDelete(Live live) {
        return Live.text(live.spec().path("updateStrategy"), "type").equals("OnDelete");
    }

    /** Pods that could not be created at all: a quota, an admission webhook, a missing service account. */
    private static Optional<Readiness> replicaFailure(Live live) {
        return live.condition("ReplicaFailure")
                .filter(Condition::isTrue)
                .map(condition -> new Troubled(condition.words()));
    }

    private static Readiness of(long some, long all, String what) {
        return new Waiting(some + " of " + all + (all == 1 ? " pod " : " pods ") + what);
    }

    private static Readiness ending(long pods, String which) {
        return new Waiting(pods + " " + which + (pods == 1 ? " pod has" : " pods have") + " to end");
    }
}
