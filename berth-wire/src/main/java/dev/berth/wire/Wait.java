package dev.berth.wire;

import java.time.Duration;

/**
 * How long a peer may be waited for.
 *
 * @param what for messages: what is waited for, such as {@code the handshake}
 * @param limit longer is an error; more than a century is for ever
 * @param total whether the limit counts from when this was set, and not from the last byte that came through
 */
public record Wait(String what, Duration limit, boolean total) {
    private static final Duration CENTURY = Duration.ofDays(36_500);

    /** @throws IllegalArgumentException if the limit is not positive */
    public Wait {
        if (!limit.isPositive()) {
            throw new IllegalArgumentException("the time to wait for " + what + " is not positive");
        }
    }

    /** Lets no more than this pass between bytes. */
    public static Wait between(String what, Duration limit) {
        return new Wait(what, limit, false);
    }

    /** Lets no more than this pass until something else is set, whatever comes through. */
    public static Wait total(String what, Duration limit) {
        return new Wait(what, limit, true);
    }

    /** For a direction in which nothing needs to come, because the other one is watched. */
    public static Wait unlimited(String what) {
        return new Wait(what, CENTURY, false);
    }

    long nanos() {
        return limit.compareTo(CENTURY) >= 0 ? CENTURY.toNanos() : limit.toNanos();
    }
}
