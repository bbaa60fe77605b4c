package dev.berth.node.metrics;

import java.util.Map;

/** How an agent is: asked by probes, so quick and safe for any thread. */
public interface Health {
    /**
     * What keeps the agent from being of any use, such as a CSI socket that does not answer: kubelet should restart it.
     *
     * @return what is broken and why, a line each; empty if nothing is
     */
    Map<String, String> broken();

    /**
     * What keeps the agent from its work now, such as a kubelet that has not registered it.
     *
     * @return what is missing and why, a line each; empty if nothing is
     */
    Map<String, String> unready();
}
