package dev.berth.kubernetes;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A change that was watched.
 *
 * @param type what happened
 * @param object the object after it; if it was deleted, as it was last
 */
public record WatchEvent(Type type, ObjectNode object) {
    /** What happened to the object. */
    public enum Type {
        /** It is new, or it is the first time that this watch tells of it. */
        ADDED,
        /** It is different now. */
        MODIFIED,
        /** It is gone. */
        DELETED
    }
}
