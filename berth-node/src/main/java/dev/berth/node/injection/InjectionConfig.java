package dev.berth.node.injection;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * How containers get their closures.
 *
 * @param directory an existing directory of the agent's, for the hooks' program and socket
 * @param hostDirectory the same directory as the container runtime calls it, which starts hooks on the host
 * @param deadline how long a container waits for its closure
 * @param machines runtime handlers whose containers the agent can't reach, being in machines or kernels of their own
 * @param repair whether running containers that started while the agent was away get their closure later, or are only reported
 */
public record InjectionConfig(
        Path directory, Path hostDirectory, Duration deadline, Set<String> machines, boolean repair) {
    /** The runtime handlers of Kata Containers and gVisor, as their installers call them. */
    public static final Set<String> MACHINES = Set.of(
            "kata", "kata-qemu", "kata-clh", "kata-fc", "kata-dragonball", "kata-cloud-hypervisor", "gvisor", "runsc");

    /** Copies the set. */
    public InjectionConfig {
        machines = Set.copyOf(machines);
        if (!deadline.isPositive()) {
            throw new IllegalArgumentException("the deadline of containers is not positive");
        }
    }

    /** With a directory that the runtime calls by the same name. */
    public static InjectionConfig of(Path directory, Duration deadline) {
        return new InjectionConfig(directory, directory, deadline, MACHINES, true);
    }
}
