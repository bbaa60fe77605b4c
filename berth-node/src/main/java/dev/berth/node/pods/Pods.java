package dev.berth.node.pods;

/** Looks pods up. Safe for use by many threads. */
public interface Pods {
    /** Knows no pod: there is no API server. */
    Pods UNASKED = pod -> new Answer.Unasked();

    /** Looks a pod up; takes some seconds at most, and throws nothing. */
    Answer find(PodRef pod);

    /** What is known of a pod. */
    sealed interface Answer {
        /** It is there, with the uid that was asked for. */
        record Found(Pod pod) implements Answer {}

        /** The API server says that there is no such pod. */
        record Absent() implements Answer {}

        /**
         * Another pod has its name now.
         *
         * @param uid of the other
         */
        record Replaced(String uid) implements Answer {}

        /** There is nobody to ask, or no pod was named. */
        record Unasked() implements Answer {}

        /**
         * Nothing is known of it, for the API server did not say.
         *
         * @param why one line
         */
        record Unknown(String why) implements Answer {}
    }
}
