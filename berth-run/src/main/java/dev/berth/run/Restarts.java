package dev.berth.run;

import java.time.Duration;

/**
 * When a container that ended is started again. As in Kubernetes, but at the pace of somebody who waits at a terminal: it
 * is started again after 1, 2, 4, 8 and 16 seconds, then given up.
 *
 * @param policy of the pod
 */
record Restarts(Pod.RestartPolicy policy) {
    /** How often a container is started again. */
    static final int LIMIT = 5;

    /**
     * Whether to start it again.
     *
     * @param exitCode of the last time
     * @param restarts how often it was started again already
     */
    boolean again(int exitCode, int restarts) {
        boolean wanted = switch (policy) {
            case ALWAYS -> true;
            case ON_FAILURE -> exitCode != 0;
            case NEVER -> false;
        };
        return wanted && restarts < LIMIT;
    }

    /** How long to wait before it is started again. */
    static Duration pause(int restarts) {
        return Duration.ofSeconds(1L << restarts);
    }
}
