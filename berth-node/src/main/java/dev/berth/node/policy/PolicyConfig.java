package dev.berth.node.policy;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where a node's policy is.
 *
 * @param file a file, or a directory of them as a ConfigMap is mounted; absolute
 * @param interval how often it is looked at
 */
public record PolicyConfig(Path file, Duration interval) {
    /** How often it is looked at as a rule. */
    public static final Duration INTERVAL = Duration.ofSeconds(5);

    /** @throws IllegalArgumentException if a value is out of range; one line for the user */
    public PolicyConfig {
        if (!file.isAbsolute()) {
            throw new IllegalArgumentException("the policy " + file + " is no absolute path");
        }
        if (!interval.isPositive()) {
            throw new IllegalArgumentException("the policy's interval is not positive");
        }
    }

    /** Looked at as often as usual. */
    public static PolicyConfig of(Path file) {
        return new PolicyConfig(file, INTERVAL);
    }
}
