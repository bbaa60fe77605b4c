package dev.berth.node;

import dev.berth.linux.Kernel;
import dev.berth.node.csi.CsiServer;
import dev.berth.node.garbage.GarbageLoop;
import dev.berth.node.kubelet.KubeletRegistration;
import dev.berth.node.metrics.CountedDriver;
import dev.berth.node.metrics.FetchMetrics;
import dev.berth.node.metrics.GarbageMetrics;
import dev.berth.node.metrics.MetricsServer;
import dev.berth.node.metrics.NodeMetrics;
import dev.berth.node.nri.NriHandler;
import dev.berth.node.policy.Admission;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.store.usage.UsageDatabase;
import dev.berth.store.usage.UsageLog;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node agent: CSI drivers on unix sockets above one local store. Many may run in one process, each on a root of its
 * own.
 */
public final class NodeAgent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeAgent.class);

    private final NodeConfig config;
    private final Volumes volumes;
    private final Optional<ContainerAgent> nri;
    private final Deque<AutoCloseable> parts;

    private NodeAgent(NodeConfig config, Volumes volumes, Optional<ContainerAgent> nri, Deque<AutoCloseable> parts) {
        this.config = config;
        this.volumes = volumes;
        this.nri = nri;
        this.parts = parts;
    }

    /**
     * Opens the store, cleans up what an earlier agent left behind and serves the sockets. Volumes that an earlier agent
     * published and that are still mounted stay as they are and can be unpublished.
     *
     * @throws NodeException if another agent uses the root or a socket, or a socket can't be made
     * @throws dev.berth.store.StoreException if the store can't be opened
     */
    public static NodeAgent start(NodeConfig config) {
        Deque<AutoCloseable> parts = new ArrayDeque<>();
        boolean done = false;
        try {
            NodeAgent agent = start(config, parts);
            done = true;
            return agent;
        } catch (IOException e) {
            throw new NodeException(Failures.reason(e), e);
        } finally {
            if (!done) {
                close(parts);
            }
        }
    }

    private static NodeAgent start(NodeConfig config, Deque<AutoCloseable> parts) throws IOException {
        KernelNeeds.lack(Kernel.features()).ifPresent(what -> {
            throw new NodeException(what + ": use a newer kernel, or let the agent use these calls");
        });
        StateDir state = StateDir.open(config.root());
        parts.push(state);
        // A power cut must not leave a registered path without its content: nobody repairs a node.
        LocalStore store = LocalStore.open(LocalStoreConfig.root(config.root()).syncing(true));
        parts.push(store);
        store.cleanUp();
        UsageDatabase uses = UsageDatabase.beside(store.config());
        parts.push(uses);
        UsageLog usage = new UsageLog(uses);
        parts.push(usage);
        NodeMetrics metrics = new NodeMetrics(CsiServer.version());
        ApiServer api = ApiServer.open(config, store.storeDir(), metrics);
        parts.push(api);
        Closures closures = Closures.open(config, store, new FetchMetrics(metrics), usage);
        parts.push(closures);
        parts.push(closures.watch(config.fetching().probeInterval(), metrics));
        Trash trash = new Trash(state);
        parts.push(trash);
        Evaluations evaluations = Evaluations.open(config, store.storeDir(), trash, metrics);
        parts.push(evaluations);
        KeyedLocks locks = new KeyedLocks();
        Presentations presentations =
                Presentations.choose(config.presentation(), store.config().realStoreDir(), state, api.events());
        VolumeRoots roots = new VolumeRoots(state, store);
        Trees trees =
                new Trees(state, trash, new TreeBuilder(store, config.verifyStorePaths()), presentations, roots, locks);
        Registry registry = new Registry();
        Admission admission = Admission.open(config.policy(), store.storeDir());
        parts.push(admission);
        ContainerPresentation shown =
                config.nri().map(NriSettings::presentation).orElse(ContainerPresentation.AUTO);
        ContainerRegistry injected = new ContainerRegistry();
        Gate gate = new Gate(store.storeDir(), admission, registry, injected, api.events());
        Containers containers = new Containers(
                state, store, closures, presentations, shown, trees, trash, roots, locks, injected, gate, api.events());
        containers.adopt();
        Sweep sweep = new Sweep(state, trees, trash, roots, registry, locks);
        sweep.run();
        VolumeMounts mounts = new VolumeMounts(state);
        Publishing publishing = new Publishing(
                state,
                store,
                gate,
                new PodBuilds(evaluations, store.storeDir(), api.events()),
                closures,
                presentations,
                trees,
                trash,
                mounts,
                roots,
                registry,
                api.events());
        Volumes volumes = new Volumes(
                state,
                store,
                publishing,
                new Publishes(api.events()),
                mounts,
                registry,
                locks,
                sweep,
                config.fetchTimeout(),
                api.events());
        parts.push(volumes);
        config.garbage()
                .ifPresent(what -> parts.push(
                        GarbageLoop.start(what, store, uses, usage, sweep::again, new GarbageMetrics(metrics))));
        parts.push(CsiServer.start(
                config.sockets(),
                new CsiServer.Settings(
                        config.nodeId(),
                        store.storeDir(),
                        config.system(),
                        config.callTimeout(),
                        api.pods(),
                        api.events(),
                        config.nri().isPresent()),
                new CountedDriver(volumes, metrics)));
        Optional<KubeletRegistration> registration = Optional.empty();
        if (config.kubelet().isPresent()) {
            registration =
                    Optional.of(KubeletRegistration.start(config.kubelet().get(), metrics));
            parts.push(registration.get());
        }
        Optional<ContainerAgent> nri = Optional.empty();
        if (config.nri().isPresent()) {
            nri = Optional.of(ContainerAgent.start(
                    config, config.nri().get(), state, store, containers, new ContainerReports(api.events(), metrics)));
            parts.push(nri.get());
        }
        NodeAgent agent = new NodeAgent(config, volumes, nri, parts);
        if (config.metrics().isPresent()) {
            AgentFigures.show(
                    metrics,
                    config,
                    presentations,
                    admission,
                    () -> volumes.published().size());
            MetricsServer.start(config.metrics().get(), metrics, new AgentHealth(config.sockets(), registration, nri))
                    .ifPresent(parts::push);
        }
        return agent;
    }

    /** What it was started with. */
    public NodeConfig config() {
        return config;
    }

    /** The volumes that are published now, those of an earlier agent on this root among them. */
    public List<PublishedVolume> volumes() {
        return volumes.published();
    }

    /** What hears the container runtime, if any. */
    Optional<NriHandler> nri() {
        return nri.map(ContainerAgent::handler);
    }

    /**
     * Stops serving: calls under way may end, for some seconds; the sockets are removed. Published volumes stay mounted.
     */
    @Override
    public void close() {
        close(parts);
    }

    private static void close(Deque<AutoCloseable> parts) {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                LOG.warn("cannot stop {}: {}", part.getClass().getSimpleName(), String.valueOf(e.getMessage()));
            }
        }
    }
}
