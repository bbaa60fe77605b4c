package dev.berth.deploy.apply;

import dev.berth.kubernetes.ObjectKey;

/**
 * What became of an object.
 *
 * @param key which
 * @param result what was done
 * @param detail why, where it is worth telling, one line; else empty
 */
public record Outcome(ObjectKey key, Result result, String detail) {
    /** What was done to an object. */
    public enum Result {
        /** It was made. */
        CREATED,
        /** It was changed. */
        CHANGED,
        /** It was deleted and made anew. */
        RECREATED,
        /** It was as it should be. */
        UNCHANGED,
        /** A hook ran to its end. */
        RAN,
        /** It was deleted. */
        DELETED,
        /** It was to be left alone. */
        IGNORED,
        /** The server did not do it. */
        FAILED,
        /** Its turn did not come. */
        NOT_DONE
    }
}
