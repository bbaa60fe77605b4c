package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Ready;
import dev.berth.deploy.wait.Readiness.Troubled;
import dev.berth.deploy.wait.Readiness.Waiting;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.ObjectKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds out at once what a workload's status tells late or never: that its pods crash, that their image or a volume is not to
 * be had. Watches the pods and the warnings of a namespace for the objects there that are waited for.
 */
final class PodTroubles {
    /** Warnings about a pod of which its status tells nothing; kubelet's and the volume controllers'. */
    private static final Set<String> REASONS =
            Set.of("FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox", "NetworkNotReady");

    /** What kubelet says of ConfigMaps and Secrets that it has not read yet; it says so of good ones too. */
    private static final String NOT_SYNCED = "cache: timed out waiting for the condition";

    /** Pods of awaited workloads that are known by name; beyond it warnings about more of them go unheard. */
    private static final int MOST_PODS = 5_000;

    /** How far the clocks of those who report and of the API server may be apart. */
    private static final Duration SKEW = Duration.ofSeconds(2);

    private record Workload(ObjectKey key, ObjectNode live, LabelSelector selector) {}

    private record Pod(String uid, Workload workload) {}

    private final Cluster cluster;
    private final String namespace;
    private final Board board;
    private final Map<ObjectKey, Workload> workloads = new LinkedHashMap<>();
    private final Map<String, Instant> since = new LinkedHashMap<>();
    private final Map<String, Pod> pods = new ConcurrentHashMap<>();

    /** @param awaited the open ones of one namespace */
    PodTroubles(Cluster cluster, String namespace, Board board, Collection<Awaited> awaited) {
        this.cluster = cluster;
        this.namespace = namespace;
        this.board = board;
        for (Awaited object : awaited) {
            ObjectKey key = object.key();
            since.put(key.kind() + " " + key.name(), changed(object.live()));
            workloads.put(key, new Workload(key, object.live(), LabelSelector.of(new Live(object.live()))));
        }
    }

    /** When the object was changed last, by the API server's clock. */
    private static Instant changed(ObjectNode live) {
        Instant last = ClusterEvent.instant(Live.text(live.path("metadata"), "creationTimestamp"));
        for (JsonNode manager : live.path("metadata").path("managedFields")) {
            Instant at = ClusterEvent.instant(Live.text(manager, "time"));
            last = at.isAfter(last) ? at : last;
        }
        return last.minus(SKEW);
    }

    Follower.Observer pods() {
        return new Follower.Observer() {
            @Override
            public void sees(ObjectNode pod) {
                seesPod(pod);
            }

            @Override
            public void misses(ObjectNode pod) {
                Pod known = pods.remove(WorkloadPods.name(pod));
                if (known != null) {
                    board.calm(known.workload().key(), source(pod));
                }
            }

            @Override
            public boolean isDone() {
                return isOver();
            }
        };
    }

    Follower.Observer warnings() {
        return new Follower.Observer() {
            @Override
            public void sees(ObjectNode event) {
                hears(ClusterEvent.of(event));
            }

            @Override
            public boolean isDone() {
                return isOver();
            }
        };
    }

    private boolean isOver() {
        return !board.isOpen(workloads.keySet());
    }

    private void seesPod(ObjectNode pod) {
        String name = WorkloadPods.name(pod);
        Optional<Workload> workload = workloads.values().stream()
                .filter(candidate -> WorkloadPods.has(candidate.live())
                        && candidate.selector().selects(pod)
                        && board.isOpen(candidate.key()))
                .findFirst();
        if (workload.isEmpty()) {
            return;
        }
        ObjectKey key = workload.get().key();
        if (pods.size() < MOST_PODS) {
            pods.put(name, new Pod(WorkloadPods.uid(pod), workload.get()));
        }
        if (new Live(pod).isBeingDeleted()) {
            board.calm(key, source(pod));
            return;
        }
        switch (Readiness.of(pod)) {
            case Ready _ -> board.calm(key, source(pod));
            case Waiting _ -> {} // a pod that crashes runs in between
            case Troubled troubled -> trouble(workload.get(), pod, troubled.why());
            case Failed failed -> trouble(workload.get(), pod, failed.why());
        }
    }

    private void trouble(Workload workload, ObjectNode pod, String why) {
        if (isNewest(workload, pod)) {
            board.trouble(workload.key(), source(pod), why);
        }
    }

    private Optional<ObjectNode> pod(String name) {
        try {
            Optional<ApiResource> kind = cluster.discovery().find("v1", "Pod");
            return kind.isPresent() ? cluster.get(kind.get(), namespace, name) : Optional.empty();
        } catch (ClusterException e) {
            return Optional.empty(); // it will be warned of again
        }
    }

    /** Whether the pod is of what was applied, and not of what it replaces; not if that cannot be found out now. */
    private boolean isNewest(Workload workload, ObjectNode pod) {
        try {
            ObjectKey key = workload.key();
            Optional<ObjectNode> live = cluster.get(
                    cluster.discovery()
                            .find(key.apiVersion(), key.kind())
                            .orElseThrow(() -> new IllegalStateException(key + ": of a kind that is not served")),
                    key.namespace(),
                    key.name());
            return live.isPresent()
                    && new Live(live.get()).observedGeneration().orElse(Long.MAX_VALUE)
                            >= new Live(workload.live()).generation()
                    && WorkloadPods.of(cluster, live.get()).includes(pod);
        } catch (ClusterException e) {
            return false;
        }
    }

    private void hears(ClusterEvent event) {
        if (event.words().endsWith(NOT_SYNCED)) {
            return;
        }
        if (event.kind().equals("Pod") && REASONS.contains(event.reason())) {
            Pod known = pods.get(event.name());
            if (known != null && known.uid().equals(event.uid())) {
                pod(event.name()).ifPresent(pod -> trouble(known.workload(), pod, event.words()));
                return;
            }
        }
        Instant from = since.get(event.kind() + " " + event.name());
        boolean isOld = from == null
                || (event.last().isAfter(Instant.EPOCH) && event.last().isBefore(from));
        if (!isOld && (!event.kind().equals("Pod") || REASONS.contains(event.reason()))) {
            workloads.keySet().stream()
                    .filter(key -> key.kind().equals(event.kind()) && key.name().equals(event.name()))
                    .forEach(key -> board.trouble(key, "", event.words()));
        }
    }

    private static String source(JsonNode pod) {
        return "pod " + PlainText.message(WorkloadPods.name(pod));
    }
}
