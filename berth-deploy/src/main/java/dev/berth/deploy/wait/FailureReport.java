package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Ready;
import dev.berth.deploy.wait.Readiness.Troubled;
import dev.berth.deploy.wait.Readiness.Waiting;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.ObjectKey;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Why an object is not ready, as far as the cluster tells: its events and, if it makes pods, for up to three of those of its
 * newest revision their state, events and last lines of log.
 *
 * @param object which
 * @param lines for people, indented by what they are about; at most a hundred, without control characters
 */
public record FailureReport(ObjectKey object, List<String> lines) {
    private static final int MOST_PODS = 3;
    private static final int MOST_CONTAINERS = 2;
    private static final int MOST_EVENTS = 5;
    private static final int LOG_LINES = 12;
    private static final int LINE = 240;

    /** Copies. */
    public FailureReport {
        lines = List.copyOf(lines);
    }

    /**
     * Asks for what is known of an object. What may not be read, or not now, is said in the report instead.
     *
     * @param live the object as it is
     */
    public static FailureReport of(Cluster cluster, ObjectNode live) {
        List<String> lines = new ArrayList<>();
        try {
            if (new Live(live).groupKind().equals("Pod")) {
                addPod(cluster, live, "", lines);
            } else {
                boolean hasPods = WorkloadPods.has(live);
                addEvents(cluster, live, hasPods, "", lines);
                if (hasPods) {
                    addPods(cluster, live, lines);
                }
            }
        } catch (ClusterException e) {
            lines.add(PlainText.of(e));
        }
        return new FailureReport(ObjectKey.of(live), lines);
    }

    private static void addPods(Cluster cluster, ObjectNode live, List<String> lines) throws ClusterException {
        List<ObjectNode> pods = WorkloadPods.of(cluster, live).unready(cluster);
        pods.sort(Comparator.comparing(FailureReport::isWaiting));
        if (!pods.isEmpty() && !isWaiting(pods.getFirst())) {
            pods.removeIf(FailureReport::isWaiting); // those in trouble explain more than those that wait
        }
        for (ObjectNode pod : pods.subList(0, Math.min(MOST_PODS, pods.size()))) {
            String state = switch (Readiness.of(pod)) {
                case Ready _ -> "ready";
                case Waiting waiting -> waiting.why();
                case Troubled troubled -> troubled.why();
                case Failed failed -> failed.why();
            };
            lines.add("pod " + PlainText.message(WorkloadPods.name(pod)) + ": " + state);
            addPod(cluster, pod, "  ", lines);
        }
        if (pods.size() > MOST_PODS) {
            lines.add("and " + (pods.size() - MOST_PODS) + " more pods");
        }
    }

    private static boolean isWaiting(ObjectNode pod) {
        return Readiness.of(pod) instanceof Waiting;
    }

    private static void addPod(Cluster cluster, ObjectNode pod, String indent, List<String> lines) {
        addEvents(cluster, pod, !isWaiting(pod), indent, lines);
        int containers = 0;
        for (String field : new String[] {"initContainerStatuses", "containerStatuses"}) {
            for (JsonNode status : pod.path("status").path(field)) {
                if (containers < MOST_CONTAINERS && isSuspect(status)) {
                    addLog(cluster, pod, status, indent, lines);
                    containers++;
                }
            }
        }
    }

    /** A container that ran and is not as it should be. */
    private static boolean isSuspect(JsonNode status) {
        JsonNode state = status.path("state");
        boolean ended = state.has("terminated") || status.path("lastState").has("terminated");
        boolean isDone = state.has("terminated") && Live.count(state.path("terminated"), "exitCode", 1) == 0;
        return !isDone && !status.path("ready").asBoolean() && (ended || state.has("running"));
    }

    private static void addLog(Cluster cluster, JsonNode pod, JsonNode status, String indent, List<String> lines) {
        String container = Live.text(status, "name");
        String title = indent + "log of container " + PlainText.message(container);
        try {
            List<String> log = log(cluster, pod, container, false);
            if (log.isEmpty() && status.path("lastState").has("terminated")) {
                log = log(cluster, pod, container, true);
            }
            lines.add(title + (log.isEmpty() ? " is empty" : ", last lines:"));
            for (String line : log) {
                lines.add(indent + "  | " + PlainText.line(line, LINE));
            }
        } catch (ClusterException e) {
            lines.add(title + ": " + PlainText.of(e));
        }
    }

    private static List<String> log(Cluster cluster, JsonNode pod, String container, boolean previous)
            throws ClusterException {
        List<String> log =
                cluster.logTail(WorkloadPods.namespace(pod), WorkloadPods.name(pod), container, LOG_LINES, previous);
        return log.subList(Math.max(0, log.size() - LOG_LINES), log.size());
    }

    /** The last warnings; if nobody warned, and more than warnings are of interest, the last of what was said at all. */
    private static void addEvents(
            Cluster cluster, JsonNode object, boolean warningsOnly, String indent, List<String> lines) {
        String namespace = WorkloadPods.namespace(object);
        String uid = URLEncoder.encode(WorkloadPods.uid(object), StandardCharsets.UTF_8);
        try {
            List<ClusterEvent> events = new ArrayList<>();
            cluster.raw("/api/v1/namespaces/"
                            + URLEncoder.encode(namespace.isEmpty() ? "default" : namespace, StandardCharsets.UTF_8)
                            + "/events?limit=200&fieldSelector=involvedObject.uid%3D" + uid)
                    .path("items")
                    .forEach(event -> events.add(ClusterEvent.of(event)));
            events.sort(Comparator.comparing(ClusterEvent::last));
            List<ClusterEvent> warnings =
                    events.stream().filter(ClusterEvent::isWarning).toList();
            List<ClusterEvent> shown = warnings.isEmpty() && !warningsOnly ? events : warnings;
            shown.subList(Math.max(0, shown.size() - MOST_EVENTS), shown.size())
                    .forEach(event -> lines.add(indent + event));
        } catch (ClusterException e) {
            lines.add(indent + "events: " + PlainText.of(e));
        }
    }
}
