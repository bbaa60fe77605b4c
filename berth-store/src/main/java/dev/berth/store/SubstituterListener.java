package dev.berth.store;

import java.time.Duration;

/**
 * Is told what substituters are asked and give, for figures. Called by many threads: an implementation is thread-safe and
 * quick, and throws nothing.
 */
public interface SubstituterListener {
    /** Takes no notice. */
    SubstituterListener NONE = new SubstituterListener() {};

    /** How a question whether a substituter has a path ended. */
    enum Answer {
        /** It has the path. */
        HIT,
        /** It says that it lacks the path. */
        MISS,
        /** It did not say in time, and the next one was asked; its answer may come and be counted, too. */
        TIMEOUT,
        /** It could not be asked, or what it said was no answer. */
        ERROR,
        /** It was not asked, because it has failed lately. */
        SKIPPED
    }

    /**
     * A question ended.
     *
     * @param uri of the substituter
     * @param took zero if it was not asked
     */
    default void asked(String uri, Answer answer, Duration took) {}

    /**
     * A path was fetched, or not.
     *
     * @param done whether it is valid now
     * @param narBytes the size of its NAR
     */
    default void fetched(String uri, boolean done, long narBytes, Duration took) {}

    /** More bytes came from a substituter, compressed as it has them. */
    default void downloaded(String uri, long bytes) {}

    /** A path was wanted that somebody else was fetching already. */
    default void waited(Duration took) {}

    /**
     * A substituter is left alone, or asked again.
     *
     * @param reason why it is left alone; empty if it is not
     */
    default void healthChanged(String uri, String reason) {}
}
