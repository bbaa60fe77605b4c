package dev.berth.node.events;

import dev.berth.node.pods.PodRef;

/**
 * Takes what is to be told about pods. Safe for use by many threads. No method waits or throws: what can't be told in time is
 * dropped and counted. A note is cut to 1000 bytes and loses its control characters, so that it may hold what strangers wrote.
 * Of a {@linkplain PodRef#isKnown() pod that is not known} nothing is told.
 */
public interface PodEvents {
    /** Takes no notice: there is no API server. */
    PodEvents NONE = new PodEvents() {
        @Override
        public void report(PodRef pod, Reason reason, String note) {}

        @Override
        public void progress(PodRef pod, Reason reason, String note) {}

        @Override
        public void reportNode(Reason reason, String note) {}
    };

    /**
     * Tells that something happened to a pod. If it has an event of that reason, that one counts one more and has this note.
     *
     * @param note for users: what, and what to do about it
     */
    void report(PodRef pod, Reason reason, String note);

    /**
     * Tells how far something is that goes on. May be called often: only the last note of some seconds is told, and no
     * progress that was told before a {@link #report} of the same reason comes after it.
     */
    void progress(PodRef pod, Reason reason, String note);

    /** Tells that something holds for this node as a whole. */
    void reportNode(Reason reason, String note);
}
