package dev.berth.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What API servers before 1.22 can't do, and how to get along with it. */
final class OldServers {
    private OldServers() {}

    /**
     * Whether the server refused an object because a port of it has no protocol: lists of ports are keyed by it, and those
     * servers do not know its default when they merge. They call that an internal error.
     */
    static boolean wantsProtocols(ClusterException failure) {
        return failure.kind() == ClusterException.Kind.INVALID
                && String.valueOf(failure.getMessage()).contains("omits key field \"protocol\"");
    }

    /** The object with the default written out: {@code TCP} at each port that has no protocol. */
    static ObjectNode withProtocols(ObjectNode object) {
        ObjectNode copy = object.deepCopy();
        fill(copy);
        return copy;
    }

    private static void fill(JsonNode node) {
        for (JsonNode port : node.path("ports")) {
            if (port instanceof ObjectNode fields
                    && !fields.has("protocol")
                    && (fields.has("port") || fields.has("containerPort"))) {
                fields.put("protocol", "TCP");
            }
        }
        node.forEach(OldServers::fill);
    }
}
