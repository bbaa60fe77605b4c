package dev.berth.store.daemon;

import java.time.Duration;

/**
 * How connections to a daemon are kept.
 *
 * @param connections how many there are at once, at least 1
 * @param idle how long one stays open without use
 * @param life how old one may become: a daemon's worker keeps every temporary root that it made
 * @param patience how long to wait for one while all are in use
 */
record PoolLimits(int connections, Duration idle, Duration life, Duration patience) {
    /** The greatest life. */
    static final Duration LONGEST_LIFE = Duration.ofMinutes(5);

    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final Duration WAIT = Duration.ofMinutes(10);

    /** @throws IllegalArgumentException if there would be no connection */
    PoolLimits {
        if (connections < 1) {
            throw new IllegalArgumentException("connections " + connections);
        }
    }

    /** So many connections that become at most so old. */
    static PoolLimits of(int connections, Duration life) {
        return new PoolLimits(connections, IDLE, life.compareTo(LONGEST_LIFE) < 0 ? life : LONGEST_LIFE, WAIT);
    }
}
