package dev.berth.gateway.http;

/** A connection, or a stream of one, that may not take longer than its deadline allows. Any thread. */
interface Watched {
    /** No deadline. */
    long NEVER = Long.MAX_VALUE;

    /** When its time is over, on the clock of {@link System#nanoTime}; {@link #NEVER} while nothing is expected of the client. */
    long deadline();

    /** Ends it: its time is over. */
    void expire();

    /** Ends it as soon as nothing is under way. */
    void stop();

    /** Whether its time is over. */
    default boolean isOver(long now) {
        long deadline = deadline();
        return deadline != NEVER && now - deadline >= 0;
    }
}
