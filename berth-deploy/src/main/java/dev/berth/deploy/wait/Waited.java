package dev.berth.deploy.wait;

import dev.berth.deploy.wait.Readiness.Ready;
import dev.berth.kubernetes.ObjectKey;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How waiting ended.
 *
 * @param states of every object, in the order in which they were given: {@link Ready} if it was so at one time while it was
 *     waited for, else what was known of it last
 */
public record Waited(Map<ObjectKey, Readiness> states) {
    /** Copies. */
    public Waited {
        states = Collections.unmodifiableMap(new LinkedHashMap<>(states));
    }

    /** Whether everything is ready. */
    public boolean isReady() {
        return states.values().stream().allMatch(Ready.class::isInstance);
    }
}
