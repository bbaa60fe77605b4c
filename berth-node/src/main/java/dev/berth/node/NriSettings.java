package dev.berth.node;

import dev.berth.node.injection.InjectionConfig;
import dev.berth.node.nri.NriConfig;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * How an agent gives closures to containers that have no volume.
 *
 * @param runtime the container runtime to register with
 * @param hostRoot what the agent's root is called on the host, where the runtime starts hooks; empty if it is called the same
 * @param presentation how closures are shown
 * @param machines runtime handlers whose containers the agent can't reach
 * @param repair whether containers that started while the agent was away get their closure later, or are only reported
 */
public record NriSettings(
        NriConfig runtime,
        Optional<Path> hostRoot,
        ContainerPresentation presentation,
        Set<String> machines,
        boolean repair) {
    /** @throws IllegalArgumentException if the host's root is not absolute; one line for the user */
    public NriSettings {
        machines = Set.copyOf(machines);
        if (hostRoot.isPresent() && !hostRoot.get().isAbsolute()) {
            throw new IllegalArgumentException("the root on the host " + hostRoot.get() + " is not an absolute path");
        }
    }

    /** With the runtime at a socket, and all else as it is unless it is said. */
    public static NriSettings of(Path socket) {
        return new NriSettings(
                NriConfig.of(socket), Optional.empty(), ContainerPresentation.AUTO, InjectionConfig.MACHINES, true);
    }

    /** With another socket. */
    public NriSettings withSocket(Path socket) {
        return new NriSettings(NriConfig.of(socket), hostRoot, presentation, machines, repair);
    }

    /** With another name of the root on the host. */
    public NriSettings withHostRoot(Path root) {
        return new NriSettings(runtime, Optional.of(root), presentation, machines, repair);
    }

    /** With another presentation. */
    public NriSettings withPresentation(ContainerPresentation other) {
        return new NriSettings(runtime, hostRoot, other, machines, repair);
    }

    /** With other runtime handlers that can't be reached. */
    public NriSettings withMachines(Set<String> handlers) {
        return new NriSettings(runtime, hostRoot, presentation, handlers, repair);
    }

    /** With containers repaired, or only reported. */
    public NriSettings withRepair(boolean other) {
        return new NriSettings(runtime, hostRoot, presentation, machines, other);
    }
}
