package dev.berth.node.events;

import dev.berth.node.pods.PodRef;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What an event is about: there is one for each object and reason.
 *
 * @param kind {@code Pod} or {@code Node}
 * @param namespace of the object; empty for a node
 * @param name of the object
 * @param uid of the object
 * @param reason why there is an event
 */
record EventKey(String kind, String namespace, String name, String uid, Reason reason) {
    private static final int MAX_NAME = 253;
    private static final int HASH = 8;

    static EventKey of(PodRef pod, Reason reason) {
        return new EventKey("Pod", pod.namespace(), pod.name(), pod.uid(), reason);
    }

    /** By its name as uid, as kubelet's own events of its node are. */
    static EventKey ofNode(String node, Reason reason) {
        return new EventKey("Node", "", node, node, reason);
    }

    /** The namespace that the event is in. */
    String eventNamespace() {
        return namespace.isEmpty() ? "default" : namespace;
    }

    /** The event's name, the same whenever and by whomever it is told: {@code <object>.<md5(uid + reason)[:8]>}. */
    String eventName() {
        try {
            byte[] hash =
                    MessageDigest.getInstance("MD5").digest((uid + reason.word()).getBytes(StandardCharsets.UTF_8));
            String object = name.length() > MAX_NAME - HASH - 1 ? name.substring(0, MAX_NAME - HASH - 1) : name;
            return object.replaceAll("[.-]+$", "") + "." + HexFormat.of().formatHex(hash, 0, HASH / 2);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has MD5", e);
        }
    }

    @Override
    public String toString() {
        return reason.word() + " of " + kind + " " + (namespace.isEmpty() ? "" : namespace + "/") + name;
    }
}
