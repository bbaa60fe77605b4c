package dev.berth.run;

import java.time.Duration;

/**
 * How long what runs used stays below the root.
 *
 * @param age what no run used for so long is collected
 * @param interval how long after a collection the next one is due, so that most runs do without
 */
record Retention(Duration age, Duration interval) {
    static final Retention DEFAULT = new Retention(Duration.ofDays(14), Duration.ofHours(6));
}
