package dev.berth.deploy.render;

import java.time.Duration;
import java.util.List;

/**
 * The stores of a deployment.
 *
 * @param pushTo the URIs of the stores that get the closures, in their order
 * @param assertCached the URIs of the caches that must serve the closures before anything is applied; empty: not asked
 * @param failOnPushError whether a push that fails ends the deployment
 * @param timeout how long all pushes may take together
 * @param acceptNewHostKeys whether the keys of SSH hosts that are not known yet are taken
 */
public record CacheSettings(
        List<String> pushTo,
        List<String> assertCached,
        boolean failOnPushError,
        Duration timeout,
        boolean acceptNewHostKeys) {
    /** How long pushes take at most where nothing else is said. */
    public static final Duration TIMEOUT = Duration.ofMinutes(10);

    /** No stores. */
    public static final CacheSettings NONE = new CacheSettings(List.of(), List.of(), true, TIMEOUT, true);

    /** Copies. */
    public CacheSettings {
        pushTo = List.copyOf(pushTo);
        assertCached = List.copyOf(assertCached);
    }
}
