package dev.berth.deploy.wait;

import dev.berth.deploy.wait.Live.Condition;
import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Waiting;
import java.util.Optional;

/** What has no pods of its own: storage, services, namespaces, extensions of the API. */
final class ApiRules {
    private ApiRules() {}

    static Readiness volumeClaim(Live live) {
        return switch (Live.text(live.status(), "phase")) {
            case "Bound" -> Rules.READY;
            case "Lost" -> new Failed("its volume is gone");
            default -> new Waiting("no volume is bound to it");
        };
    }

    static Readiness volume(Live live) {
        return switch (Live.text(live.status(), "phase")) {
            case "Available", "Bound", "Released" -> Rules.READY;
            case "Failed" ->
                new Failed(PlainText.join(Live.text(live.status(), "reason"), Live.text(live.status(), "message")));
            default -> new Waiting("not available yet");
        };
    }

    /** As Helm has it: an address of the cluster, and of the load balancer if one was asked for. */
    static Readiness service(Live live) {
        String type = Live.text(live.spec(), "type");
        if (type.equals("ExternalName")) {
            return Rules.READY;
        }
        if (Live.text(live.spec(), "clusterIP").isEmpty()) {
            return new Waiting("it has no cluster address");
        }
        boolean hasAddress = !live.spec().path("externalIPs").isEmpty()
                || !live.status().path("loadBalancer").path("ingress").isEmpty();
        return type.equals("LoadBalancer") && !hasAddress
                ? new Waiting("the load balancer has no address")
                : Rules.READY;
    }

    static Readiness namespace(Live live) {
        return switch (Live.text(live.status(), "phase")) {
            case "Active" -> Rules.READY;
            case "Terminating" -> new Waiting("is being deleted");
            default -> new Waiting("not active yet");
        };
    }

    static Readiness disruptionBudget(Live live) {
        return live.observedGeneration().isPresent() ? Rules.READY : Rules.notObserved();
    }

    /** A status may be empty at first, or have no conditions yet. */
    static Readiness customResourceDefinition(Live live) {
        Optional<Condition> names = live.condition("NamesAccepted").filter(Condition::isFalse);
        if (names.isPresent()) {
            return new Failed(names.get().words());
        }
        Optional<Condition> established = live.condition("Established");
        if (established.filter(Condition::isTrue).isPresent()) {
            return Rules.READY;
        }
        return established
                        .filter(condition -> condition.isFalse()
                                && !condition.reason().isEmpty()
                                && !condition.reason().equals("Installing"))
                        .isPresent()
                ? new Failed(established.get().words())
                : new Waiting("not established yet");
    }

    static Readiness apiService(Live live) {
        Optional<Condition> available = live.condition("Available");
        if (available.filter(Condition::isTrue).isPresent()) {
            return Rules.READY;
        }
        String words = available.map(Condition::words).orElse("");
        return new Waiting(words.isEmpty() ? "not available yet" : words);
    }
}
