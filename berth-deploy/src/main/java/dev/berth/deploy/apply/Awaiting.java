package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.cluster.Cluster;
import dev.berth.deploy.wait.Readiness;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Waits until objects are ready. */
final class Awaiting {
    private static final Duration LOOK = Duration.ofMillis(500);

    private final Applying applying;
    private final Patience patience;

    Awaiting(Cluster cluster, Applying applying, Patience patience, DeployProgress progress) {
        this.applying = applying;
        this.patience = patience;
    }

    /** Whether an object is ready as it was read. */
    boolean isReady(ObjectNode live) {
        return Readiness.of(live) instanceof Readiness.Ready;
    }

    /** Waits until all are ready, and gives a line for each that failed or was not ready in time. */
    List<String> await(List<Target> targets) throws IOException {
        List<String> problems = new ArrayList<>();
        for (Target target : targets) {
            while (true) {
                Optional<ObjectNode> live = applying.get(target);
                Readiness readiness =
                        live.map(Readiness::of).orElse(new Readiness.Failed("it was deleted by somebody else"));
                if (readiness instanceof Readiness.Ready) {
                    break;
                }
                if (readiness instanceof Readiness.Failed(String why)) {
                    problems.add(target.key() + ": " + why);
                    break;
                }
                if (patience.deadline().over()) {
                    problems.add(target.key() + ": not ready in time");
                    break;
                }
                patience.deadline().pause(LOOK);
            }
        }
        return problems;
    }
}
