package dev.berth.node.injection;

import java.time.Duration;

/** Hears what becomes of containers; on the agent's threads, so it neither waits nor throws. */
public interface InjectionListener {
    /** A container was decided about and left as it is. */
    void left(Decision.Reason reason);

    /**
     * A container has its closure.
     *
     * @param took since it was about to be made
     */
    void injected(PodContainer container, Duration took);

    /** A container does not start, or goes on without its closure; the reason is one line for its owner. */
    void failed(PodContainer container, String reason);

    /**
     * A container was found that started while the agent was away, without the closure it is to have.
     *
     * @param repaired whether it has it now
     */
    void startedWithout(PodContainer container, boolean repaired);
}
