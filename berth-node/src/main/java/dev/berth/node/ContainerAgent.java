package dev.berth.node;

import dev.berth.node.injection.InjectionConfig;
import dev.berth.node.injection.Injector;
import dev.berth.node.nri.NriHandler;
import dev.berth.node.nri.NriPlugin;
import dev.berth.node.nri.NriStatus;
import dev.berth.store.local.LocalStore;
import java.io.IOException;
import java.nio.file.Path;

/** The part of an agent that gives closures to containers without volumes, if it is to do so. */
final class ContainerAgent implements AutoCloseable {
    private final Injector injector;
    private final NriPlugin plugin;

    private ContainerAgent(Injector injector, NriPlugin plugin) {
        this.injector = injector;
        this.plugin = plugin;
    }

    /** Answers hooks and registers with the runtime. */
    static ContainerAgent start(
            NodeConfig config,
            NriSettings settings,
            StateDir state,
            LocalStore store,
            Containers containers,
            ContainerReports reports)
            throws IOException {
        Path host = settings.hostRoot().map(root -> root.resolve(StateDir.NRI)).orElse(state.nri());
        Injector injector = Injector.start(
                new InjectionConfig(state.nri(), host, config.fetchTimeout(), settings.machines(), settings.repair()),
                store.storeDir(),
                config.system(),
                containers,
                reports);
        return new ContainerAgent(injector, NriPlugin.start(settings.runtime(), injector));
    }

    /** What hears the runtime. */
    NriHandler handler() {
        return injector;
    }

    /** How the connection to the runtime is. */
    NriStatus status() {
        return plugin.status();
    }

    @Override
    public void close() throws IOException {
        plugin.close();
        injector.close();
    }
}
