package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Deadline;
import dev.berth.deploy.wait.Readiness;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.Discovery;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Waits until the server serves the kinds that CRDs define, so that their objects can be applied. */
final class Definitions {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofMillis(200);

    private final Cluster cluster;
    private final Applying applying;
    private final Patience patience;
    private final Ledger ledger;

    Definitions(Cluster cluster, Applying applying, Patience patience, Ledger ledger) {
        this.cluster = cluster;
        this.applying = applying;
        this.patience = patience;
        this.ledger = ledger;
    }

    /** Waits for the CRDs among them that were just applied, and reads anew which kinds there are. */
    void await(List<Change.Applicable> barrier) throws IOException {
        List<Target> applied = barrier.stream()
                .filter(change -> !(change instanceof Change.Unchanged))
                .map(Change.Applicable::target)
                .filter(target -> Kinds.isDefinition(target.object()))
                .toList();
        if (applied.isEmpty()) {
            return;
        }
        Deadline deadline = patience.deadline().atMost(LIMIT);
        for (Target target : applied) {
            Optional<String> missing = missing(target);
            while (missing.isPresent() && !deadline.over()) {
                deadline.pause(LOOK);
                missing = missing(target);
            }
            if (missing.isPresent()) {
                ledger.failed(target.key(), missing.get());
                return;
            }
        }
        while (!allServed(patience.call(cluster::rediscover), applied) && !deadline.over()) {
            deadline.pause(LOOK);
        }
    }

    /** What a CRD lacks; one that was just made may have no status at all. */
    private Optional<String> missing(Target target) throws IOException {
        Optional<ObjectNode> live = applying.get(target);
        if (live.isEmpty()) {
            return Optional.of("it is gone");
        }
        return switch (Readiness.of(live.get())) {
            case Readiness.Ready _ -> Optional.empty();
            case Readiness.Waiting(String why) -> Optional.of(why);
            case Readiness.Troubled(String why) -> Optional.of(why);
            case Readiness.Failed(String why) -> Optional.of(why);
        };
    }

    private static boolean allServed(Discovery discovery, List<Target> definitions) {
        return definitions.stream().allMatch(definition -> {
            var spec = definition.object().path("spec");
            String group = spec.path("group").asText() + "/";
            return discovery.versionsOf(spec.path("names").path("kind").asText()).stream()
                    .anyMatch(version -> version.startsWith(group));
        });
    }
}
