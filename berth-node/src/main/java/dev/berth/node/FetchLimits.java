package dev.berth.node;

import java.time.Duration;

/**
 * How a node fetches.
 *
 * @param atOnce how many closures are fetched, and how many expressions evaluated, at once; others wait
 * @param probeInterval how often each substituter is asked whether it is there
 */
public record FetchLimits(int atOnce, Duration probeInterval) {
    /** 8 at once, and a question a minute. */
    public static final FetchLimits DEFAULT = new FetchLimits(8, Duration.ofMinutes(1));

    /** @throws IllegalArgumentException if a value is out of range; one line for the user */
    public FetchLimits {
        if (atOnce < 1) {
            throw new IllegalArgumentException("at least one closure must be fetched at once, not " + atOnce);
        }
        if (!probeInterval.isPositive()) {
            throw new IllegalArgumentException("the interval of questions to substituters is not positive");
        }
    }
}
