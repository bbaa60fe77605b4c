package dev.berth.wire;

import java.time.Duration;

/**
 * What one client may take of a server.
 *
 * @param handshake until the handshake is complete
 * @param idle between operations
 * @param stall between bytes of a message, or of a frame, in either direction
 * @param maxMessage about how many bytes of memory the arguments of one operation may take; what is streamed does not
 *     count
 */
public record SessionLimits(Duration handshake, Duration idle, Duration stall, long maxMessage) {
    /** For a server of many clients: a minute, a day, ten minutes, 64 MiB, which is about 380,000 store paths. */
    public static final SessionLimits DEFAULT =
            new SessionLimits(Duration.ofMinutes(1), Duration.ofDays(1), Duration.ofMinutes(10), 64L << 20);

    /** The wait for the handshake. */
    public Wait waitForHandshake() {
        return Wait.total("the handshake", handshake);
    }

    /** The wait for an operation. */
    public Wait waitForOperation() {
        return Wait.between("the next operation", idle);
    }

    /** The wait for the rest of a message. */
    public Wait waitForRest() {
        return Wait.between("the rest of a message", stall);
    }

    /** The wait for the peer to take what is written. */
    public Wait waitForReader() {
        return Wait.between("the reader", stall);
    }
}
