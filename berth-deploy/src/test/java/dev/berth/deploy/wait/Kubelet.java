package dev.berth.deploy.wait;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.Objects;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.ApplyOptions;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ObjectKey;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Does by hand, on a cluster without nodes, what the scheduler and kubelet would do. */
record Kubelet(Cluster cluster, String namespace) {
    ApiResource resource(String apiVersion, String kind) throws IOException {
        return cluster.discovery().find(apiVersion, kind).orElseThrow();
    }

    Awaited apply(ObjectNode object) throws IOException {
        ObjectKey key = ObjectKey.of(object);
        ApiResource resource = resource(key.apiVersion(), key.kind());
        return new Awaited(resource, cluster.apply(resource, object, new ApplyOptions("berth", true, false)));
    }

    /** The pods with a label, once there are so many. */
    List<ObjectNode> pods(String labelSelector, int count) throws IOException {
        Deadline deadline = Deadline.in(Duration.ofSeconds(60));
        while (true) {
            List<ObjectNode> pods = new ArrayList<>();
            cluster.list(resource("v1", "Pod"), namespace, labelSelector, pods::add);
            if (pods.size() == count) {
                return pods;
            }
            if (deadline.over()) {
                throw new AssertionError(pods.size() + " pods with " + labelSelector + ", not " + count);
            }
            deadline.pause(Duration.ofMillis(100));
        }
    }

    /**
     * Writes a status.
     *
     * @param fields those of {@code status}
     */
    void status(ObjectNode object, String fields) throws IOException {
        ObjectKey key = ObjectKey.of(object);
        cluster.patchMerge(
                resource(key.apiVersion(), key.kind()), key, Objects.parse("{status: {" + fields + "}}"), "status");
    }

    void run(ObjectNode pod) throws IOException {
        status(
                pod,
                "phase: 'Running', conditions: [{type: 'Ready', status: 'True',"
                        + " lastTransitionTime: '2026-01-01T00:00:00Z'}], containerStatuses: [{name: 'main', ready: true,"
                        + " restartCount: 0, image: 'x', imageID: 'x', state: {running: {}}}]");
    }

    void crash(ObjectNode pod) throws IOException {
        status(
                pod,
                "phase: 'Running', conditions: [{type: 'Ready', status: 'False'}], containerStatuses: [{name: 'main',"
                        + " ready: false, restartCount: 3, image: 'x', imageID: 'x', state: {waiting: {reason:"
                        + " 'CrashLoopBackOff', message: 'back-off 40s restarting failed container'}}}]");
    }

    /** Says something about an object. */
    void warn(ObjectNode about, String reason, String message) throws IOException {
        ObjectKey key = ObjectKey.of(about);
        ObjectNode event = Objects.of(
                "v1",
                "Event",
                "metadata: {name: '" + key.name() + "." + Long.toHexString(System.nanoTime()) + "', namespace: '"
                        + namespace
                        + "'}, involvedObject: {apiVersion: '" + key.apiVersion() + "', kind: '" + key.kind()
                        + "', name: '"
                        + key.name() + "', namespace: '" + namespace + "', uid: '" + WorkloadPods.uid(about)
                        + "'}, type: 'Warning', count: 4, reason: '" + reason + "', source: {component: 'test'}");
        event.put("message", message);
        event.put("lastTimestamp", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        apply(event);
    }
}
