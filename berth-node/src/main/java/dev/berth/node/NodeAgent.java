package dev.berth.node;

import java.util.List;

/**
 * The node agent: CSI drivers on unix sockets above one local store. Many may run in one process, each on a root of its
 * own.
 */
public final class NodeAgent implements AutoCloseable {
    private final NodeConfig config;

    private NodeAgent(NodeConfig config) {
        this.config = config;
    }

    /**
     * Opens the store, cleans up what an earlier agent left behind and serves the sockets. Volumes that an earlier agent
     * published and that are still mounted stay as they are and can be unpublished.
     *
     * @throws NodeException if another agent uses the root or a socket, or a socket can't be made
     * @throws dev.berth.store.StoreException if the store can't be opened
     */
    public static NodeAgent start(NodeConfig config) {
        return new NodeAgent(config);
    }

    /** What it was started with. */
    public NodeConfig config() {
        return config;
    }

    /** The volumes that are published now, those of an earlier agent on this root among them. */
    public List<PublishedVolume> volumes() {
        return List.of();
    }

    /**
     * Stops serving: calls under way may end, for some seconds; the sockets are removed. Published volumes stay mounted.
     */
    @Override
    public void close() {}
}
