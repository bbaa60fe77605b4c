package dev.berth.node;

import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterAddress;
import dev.berth.kubernetes.ClusterException;
import dev.berth.nix.StoreDir;
import dev.berth.node.events.ClusterEvents;
import dev.berth.node.events.PodEvents;
import dev.berth.node.metrics.NodeMetrics;
import dev.berth.node.pods.ClusterPods;
import dev.berth.node.pods.Pods;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the agent has to do with an API server: without one, or with one that is away, it does all but this.
 *
 * @param pods what it knows of pods
 * @param events what it is told
 */
record ApiServer(Pods pods, PodEvents events, Runnable end) implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    private static final Duration PROGRESS = Duration.ofSeconds(5);
    private static final Duration FLUSH = Duration.ofSeconds(3);
    private static final Duration GREETING = Duration.ofSeconds(10);
    private static final int LARGEST_GREETING = 1 << 16;

    /**
     * Finds out where it is, and does not wait for it.
     *
     * @throws NodeException if the kubeconfig that was named can't be used
     */
    static ApiServer open(NodeConfig config, StoreDir storeDir, NodeMetrics metrics) {
        return config.apiServer()
                .flatMap(ApiServer::connect)
                .map(cluster -> of(cluster, config.nodeId(), storeDir, metrics))
                .orElseGet(() -> new ApiServer(Pods.UNASKED, PodEvents.NONE, () -> {}));
    }

    private static Optional<Cluster> connect(ApiServerConfig config) {
        try {
            Cluster cluster = Cluster.connect(new ClusterAddress(config.kubeconfig(), config.context()));
            LOG.info(
                    "pods are looked up at {} (context {}), and events told there",
                    cluster.server(),
                    cluster.context());
            return Optional.of(cluster);
        } catch (ClusterException e) {
            if (config.kubeconfig().isPresent()) {
                throw new NodeException(String.valueOf(e.getMessage()), e);
            }
            LOG.warn("no pods are looked up and no events told: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static ApiServer of(Cluster cluster, String node, StoreDir storeDir, NodeMetrics metrics) {
        Thread.ofVirtual().name("berth-api").start(() -> greet(cluster));
        ClusterEvents events = ClusterEvents.start(cluster, node, PROGRESS, FLUSH);
        metrics.counted("berth_events_told_total", "Requests that told the API server of events.", events::told);
        metrics.counted("berth_events_dropped_total", "Events that the API server was not told.", events::dropped);
        return new ApiServer(new ClusterPods(cluster, storeDir), events, () -> {
            events.close();
            cluster.close();
        });
    }

    /** The first connection loads what TLS needs, which takes seconds on a busy node: no publish is to wait for it. */
    private static void greet(Cluster cluster) {
        try {
            cluster.within(GREETING, LARGEST_GREETING).raw("/version");
        } catch (ClusterException e) {
            LOG.info("the API server does not answer yet: {}", e.getMessage());
        }
    }

    /** Tells the events that wait, for some seconds at most, and ends the connections. */
    @Override
    public void close() {
        end.run();
    }
}
