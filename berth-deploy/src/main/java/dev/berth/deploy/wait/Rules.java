package dev.berth.deploy.wait;

import static java.util.Map.entry;

import dev.berth.deploy.wait.Live.Condition;
import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Ready;
import dev.berth.deploy.wait.Readiness.Waiting;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Which rule is for which kind, and what holds for all of them. */
final class Rules {
    static final Readiness READY = new Ready();

    private static final Map<String, Function<Live, Readiness>> BY_KIND = Map.ofEntries(
            entry("apps/Deployment", WorkloadRules::deployment),
            entry("apps/ReplicaSet", WorkloadRules::replicaSet),
            entry("ReplicationController", WorkloadRules::replicaSet),
            entry("apps/StatefulSet", WorkloadRules::statefulSet),
            entry("apps/DaemonSet", WorkloadRules::daemonSet),
            entry("batch/Job", WorkloadRules::job),
            entry("Pod", PodRules::pod),
            entry("PersistentVolumeClaim", ApiRules::volumeClaim),
            entry("PersistentVolume", ApiRules::volume),
            entry("Service", ApiRules::service),
            entry("Namespace", ApiRules::namespace),
            entry("policy/PodDisruptionBudget", ApiRules::disruptionBudget),
            entry("apiextensions.k8s.io/CustomResourceDefinition", ApiRules::customResourceDefinition),
            entry("apiregistration.k8s.io/APIService", ApiRules::apiService),
            // their status tells what they saw of others, not whether they are in place
            entry("batch/CronJob", live -> READY),
            entry("autoscaling/HorizontalPodAutoscaler", live -> READY),
            entry("networking.k8s.io/Ingress", live -> READY));

    private Rules() {}

    static Readiness apply(Live live) {
        if (live.annotation("validate-ignore").equalsIgnoreCase("true")) {
            return READY;
        }
        String own = live.annotation("is-ready");
        if (own.equalsIgnoreCase("true")) {
            return READY;
        } else if (own.equalsIgnoreCase("false")) {
            return new Waiting("its annotation is-ready is false");
        }
        if (live.isBeingDeleted()) {
            return new Waiting("is being deleted");
        }
        if (live.observedGeneration().isPresent() && live.observedGeneration().getAsLong() < live.generation()) {
            return notObserved();
        }
        Optional<Condition> stalled = live.condition("Stalled").filter(Condition::isTrue);
        if (stalled.isPresent()) {
            return new Failed(stalled.get().words());
        }
        Optional<Condition> reconciling = live.condition("Reconciling").filter(Condition::isTrue);
        if (reconciling.isPresent()) {
            return new Waiting(reconciling.get().words());
        }
        return BY_KIND.getOrDefault(live.groupKind(), Rules::byReadyCondition).apply(live);
    }

    /** Its controller has not seen what was applied last, so that its status is about something older. */
    static Readiness notObserved() {
        return new Waiting("its controller has not seen the change yet");
    }

    /** Kinds without a rule of their own: the condition {@code Ready} where there is one. */
    private static Readiness byReadyCondition(Live live) {
        Optional<Condition> ready = live.condition("Ready");
        if (ready.isEmpty()) {
            return READY;
        }
        if (ready.get().observedGeneration().orElse(Long.MAX_VALUE) < live.generation()) {
            return notObserved();
        }
        if (ready.get().isTrue()) {
            return READY;
        }
        String words = ready.get().words();
        return new Waiting(words.isEmpty() ? "not ready" : words);
    }
}
