package dev.berth.node.events;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterException;
import dev.berth.kubernetes.ObjectKey;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Writes events into a cluster. The first of an object and reason creates it by {@code events.k8s.io/v1} (all servers since
 * Kubernetes 1.19 have it); those that follow count its {@code series} up and change its note, which needs the core API: by the newer
 * one notes can't be changed (pkg/apis/core/validation/events.go). It needs the verbs create and patch, and reads nothing. For
 * one thread.
 */
final class EventWriter {
    private static final ApiResource EVENTS =
            new ApiResource("events.k8s.io", "v1", "Event", "events", true, Set.of("create"));
    private static final ApiResource CORE_EVENTS = new ApiResource("", "v1", "Event", "events", true, Set.of("patch"));
    private static final String CONTROLLER = "berth.dev/node";
    private static final int MAX_INSTANCE = 128;
    private static final int MAX_KNOWN = 1000;
    private static final DateTimeFormatter MICRO_TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final Cluster cluster;
    private final String instance;
    /** How often the events have happened that are there, as far as this remembers. */
    private final Map<EventKey, Long> counts = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<EventKey, Long> eldest) {
            return size() > MAX_KNOWN;
        }
    };

    EventWriter(Cluster cluster, String node) {
        this.cluster = cluster;
        this.instance = Note.cut(node, MAX_INSTANCE);
    }

    /**
     * Writes an event.
     *
     * @param note as {@link Note} makes them
     * @param times how often it happened since it was last written
     */
    void write(EventKey key, String note, long times) throws ClusterException {
        Long known = counts.get(key);
        if (known == null) {
            create(key, note, times);
            return;
        }
        try {
            count(key, note, known + times);
        } catch (ClusterException e) {
            if (e.kind() != ClusterException.Kind.NOT_FOUND) {
                throw e;
            }
            // Servers forget events, mostly after an hour.
            counts.remove(key);
            create(key, note, times);
        }
    }

    private void create(EventKey key, String note, long times) throws ClusterException {
        try {
            cluster.create(EVENTS, event(key, note, times));
            counts.put(key, times);
        } catch (ClusterException e) {
            if (e.kind() != ClusterException.Kind.ALREADY_EXISTS) {
                throw e;
            }
            // Told before this agent started, or so long ago that it forgot.
            ObjectNode there = patch(key, object().put("message", note));
            count(key, note, Math.max(1, there.path("series").path("count").asLong()) + times);
        }
    }

    private void count(EventKey key, String note, long count) throws ClusterException {
        ObjectNode change = object().put("message", note);
        change.set("series", series(count));
        patch(key, change);
        counts.put(key, count);
    }

    private ObjectNode patch(EventKey key, ObjectNode change) throws ClusterException {
        ObjectKey object = new ObjectKey("v1", "Event", key.eventNamespace(), key.eventName());
        return cluster.patchMerge(CORE_EVENTS, object, change, "");
    }

    private ObjectNode event(EventKey key, String note, long times) {
        ObjectNode event = object().put("apiVersion", EVENTS.apiVersion()).put("kind", "Event");
        event.putObject("metadata").put("name", key.eventName()).put("namespace", key.eventNamespace());
        event.put("eventTime", now());
        event.put("reportingController", CONTROLLER).put("reportingInstance", instance);
        event.put("action", key.reason().action()).put("reason", key.reason().word());
        event.put("type", key.reason().type().word()).put("note", note);
        ObjectNode regarding = event.putObject("regarding")
                .put("apiVersion", "v1")
                .put("kind", key.kind())
                .put("name", key.name())
                .put("uid", key.uid());
        if (!key.namespace().isEmpty()) {
            regarding.put("namespace", key.namespace());
        }
        if (times > 1) {
            event.set("series", series(times));
        }
        return event;
    }

    private static ObjectNode series(long count) {
        return object().put("count", Math.clamp(count, 2, Integer.MAX_VALUE)).put("lastObservedTime", now());
    }

    private static String now() {
        return MICRO_TIME.format(Instant.now());
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
