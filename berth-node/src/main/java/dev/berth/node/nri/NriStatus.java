package dev.berth.node.nri;

import java.util.Optional;

/**
 * How the connection to the runtime is, and what has come over it since the agent started.
 *
 * @param connected whether the plugin is registered and synchronized now
 * @param runtime the runtime of this connection, or of the last
 * @param problem why it is not connected, one line; empty when it is
 * @param connects how many times it was registered and synchronized
 * @param creates how many containers it was asked about
 * @param refusals of these, to how many the answer was an error
 * @param late of these refusals, how many because the handler took too long
 * @param events how many events of pods and containers came
 * @param waitingEvents how many of these the handler has not seen yet
 */
public record NriStatus(
        boolean connected,
        Optional<NriRuntime> runtime,
        Optional<String> problem,
        long connects,
        long creates,
        long refusals,
        long late,
        long events,
        int waitingEvents) {}
