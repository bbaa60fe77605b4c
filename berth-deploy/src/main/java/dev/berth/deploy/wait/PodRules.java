package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.deploy.wait.Live.Condition;
import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Troubled;
import dev.berth.deploy.wait.Readiness.Waiting;
import java.util.Optional;
import java.util.Set;

/** Pods, by their phase and then by what kubelet says of their containers. */
final class PodRules {
    /** Why a container waits, where it is not only because its turn has not come (pkg/kubelet of Kubernetes). */
    private static final Set<String> TROUBLES = Set.of(
            "CrashLoopBackOff",
            "ErrImagePull",
            "ImagePullBackOff",
            "ErrImageNeverPull",
            "ErrImageInspect",
            "InvalidImageName",
            "RegistryUnavailable",
            "CreateContainerConfigError",
            "CreateContainerError",
            "PreCreateHookError",
            "PreStartHookError",
            "PostStartHookError",
            "RunContainerError",
            "StartError");

    private PodRules() {}

    static Readiness pod(Live live) {
        return switch (Live.text(live.status(), "phase")) {
            case "Succeeded" -> Rules.READY;
            case "Failed" -> failed(live);
            case "Running" -> running(live);
            case "Pending" -> pending(live);
            case "Unknown" -> new Waiting("its node does not answer");
            default -> new Waiting("not seen by the scheduler yet");
        };
    }

    private static Readiness failed(Live live) {
        String words = PlainText.join(Live.text(live.status(), "reason"), Live.text(live.status(), "message"));
        if (!words.isEmpty()) {
            return new Failed(words); // evicted, its deadline exceeded …
        }
        for (String field : new String[] {"initContainerStatuses", "containerStatuses"}) {
            for (JsonNode container : live.status().path(field)) {
                Optional<String> exit = exit(container, container.path("state"));
                if (exit.isPresent()) {
                    return new Failed(exit.get());
                }
            }
        }
        return new Failed("the pod failed");
    }

    private static Readiness running(Live live) {
        if (live.condition("Ready").filter(Condition::isTrue).isPresent()) {
            return Rules.READY;
        }
        Optional<Readiness> trouble = trouble(live);
        if (trouble.isPresent()) {
            return trouble.get();
        }
        for (JsonNode container : live.status().path("containerStatuses")) {
            if (!container.path("ready").asBoolean()) {
                return new Waiting(name(container) + " is not ready");
            }
        }
        return new Waiting("not ready");
    }

    private static Readiness pending(Live live) {
        Optional<Condition> scheduled = live.condition("PodScheduled").filter(Condition::isFalse);
        if (scheduled.isPresent()) {
            return scheduled.get().reason().equals("Unschedulable")
                    ? new Troubled(scheduled.get().words())
                    : new Waiting(orElse(scheduled.get().words(), "not scheduled"));
        }
        Optional<Readiness> trouble = trouble(live);
        if (trouble.isPresent()) {
            return trouble.get();
        }
        JsonNode inits = live.status().path("initContainerStatuses");
        int number = 0;
        for (JsonNode container : inits) {
            number++;
            if (container.path("state").has("running")) {
                return new Waiting("init " + name(container) + " runs, " + number + " of " + inits.size());
            }
        }
        return new Waiting(Live.text(live.spec(), "nodeName").isEmpty() ? "not scheduled" : "being created");
    }

    /** The first container that is in trouble, init containers before others. */
    private static Optional<Readiness> trouble(Live live) {
        for (String field : new String[] {"initContainerStatuses", "containerStatuses"}) {
            String role = field.startsWith("init") ? "init " : "";
            for (JsonNode container : live.status().path(field)) {
                JsonNode waiting = container.path("state").path("waiting");
                if (TROUBLES.contains(Live.text(waiting, "reason"))) {
                    return Optional.of(new Troubled(role + waits(container, waiting)));
                }
                Optional<String> exit = exit(container, container.path("state"));
                if (exit.isPresent()) {
                    return Optional.of(new Troubled(role + exit.get()));
                }
            }
        }
        return Optional.empty();
    }

    /** Why a container waits; of one that crashes again and again rather how it ended than for how long it rests. */
    private static String waits(JsonNode container, JsonNode waiting) {
        String reason = Live.text(waiting, "reason");
        Optional<String> exit = exit(container, container.path("lastState"));
        return reason.equals("CrashLoopBackOff") && exit.isPresent()
                ? exit.get() + ", " + reason
                : name(container) + ": " + PlainText.join(reason, Live.text(waiting, "message"));
    }

    /** How a container ended that should not have. */
    private static Optional<String> exit(JsonNode container, JsonNode state) {
        JsonNode terminated = state.path("terminated");
        long code = Live.count(terminated, "exitCode", 0);
        if (code == 0) {
            return Optional.empty();
        }
        String words = PlainText.join(Live.text(terminated, "reason"), Live.text(terminated, "message"));
        return Optional.of(name(container) + " exited with " + code + (words.isEmpty() ? "" : ", " + words));
    }

    private static String name(JsonNode container) {
        return "container " + PlainText.message(Live.text(container, "name"));
    }

    private static String orElse(String words, String otherwise) {
        return words.isEmpty() ? otherwise : words;
    }
}
