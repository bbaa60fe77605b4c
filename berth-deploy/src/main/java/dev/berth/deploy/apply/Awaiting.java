package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Awaited;
import dev.berth.deploy.wait.Progress;
import dev.berth.deploy.wait.Readiness;
import dev.berth.deploy.wait.Waited;
import dev.berth.deploy.wait.Waiter;
import dev.berth.kubernetes.Cluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Waits until objects that were applied are ready. */
final class Awaiting {
    private final Cluster cluster;
    private final Applying applying;
    private final Patience patience;
    private final Progress progress;

    Awaiting(Cluster cluster, Applying applying, Patience patience, Progress progress) {
        this.cluster = cluster;
        this.applying = applying;
        this.patience = patience;
        this.progress = progress;
    }

    /** Whether an object is ready as it was read. */
    static boolean isReady(ObjectNode live) {
        return Readiness.of(live) instanceof Readiness.Ready;
    }

    /** An object to wait for, as it was read last. */
    Awaited awaited(Target target, ObjectNode live) throws IOException {
        return new Awaited(applying.resource(target), live);
    }

    /** Waits until all are ready, and gives a line for each that failed or was not ready in time. */
    List<String> await(List<Awaited> objects) throws IOException {
        List<String> problems = new ArrayList<>();
        if (!objects.isEmpty()) {
            Waited waited = Waiter.await(cluster, objects, patience.deadline(), progress);
            waited.states().forEach((key, state) -> {
                switch (state) {
                    case Readiness.Ready _ -> {} // as it should be
                    case Readiness.Waiting(String why) -> problems.add(key + " is not ready: " + why);
                    case Readiness.Troubled(String why) -> problems.add(key + " is not ready: " + why);
                    case Readiness.Failed(String why) -> problems.add(key + " failed: " + why);
                }
            });
        }
        return problems;
    }
}
