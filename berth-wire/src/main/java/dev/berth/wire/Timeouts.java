package dev.berth.wire;

import java.time.Duration;

/**
 * How long a client waits for its server.
 *
 * @param handshake until the handshake is complete
 * @param stall between bytes of a message, in either direction
 * @param answer for the answer to a query, and between what is said meanwhile
 * @param work for the next word of an operation that works: adding, fetching, building, collecting, verifying
 */
public record Timeouts(Duration handshake, Duration stall, Duration answer, Duration work) {
    /** A minute, ten minutes, ten minutes, a day. */
    public static final Timeouts DEFAULT =
            new Timeouts(Duration.ofMinutes(1), Duration.ofMinutes(10), Duration.ofMinutes(10), Duration.ofDays(1));

    /** The wait for the handshake. */
    public Wait waitForHandshake() {
        return Wait.total("the handshake", handshake);
    }

    /** The wait for the rest of a message. */
    public Wait waitForRest() {
        return Wait.between("the rest of a message", stall);
    }

    /** The wait for the peer to take what is written. */
    public Wait waitForReader() {
        return Wait.between("the reader", stall);
    }

    /** The wait for the answer to a query. */
    public Wait waitForAnswer() {
        return Wait.between("an answer", answer);
    }

    /** The wait for the next word of an operation that works. */
    public Wait waitForWork() {
        return Wait.between("the end of an operation", work);
    }
}
