package dev.berth.node.csi;

import dev.berth.nix.StoreDir;
import dev.berth.node.NodeConfig;
import dev.berth.node.events.PodAdvice;
import dev.berth.node.events.PodEvents;
import dev.berth.node.grpc.GrpcSockets;
import dev.berth.node.pods.Pods;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * Serves the CSI services on unix sockets, one for each driver name.
 */
public final class CsiServer implements AutoCloseable {
    private final GrpcSockets sockets = new GrpcSockets("berth-csi");

    /**
     * What the services answer with.
     *
     * @param nodeId the node's name
     * @param storeDir the store dir of the paths that volumes name
     * @param system the node's system
     * @param callTimeout the deadline of calls that bring none
     * @param pods looks up the pods of volumes
     * @param events is told what becomes of volumes
     * @param injects whether containers that mount nothing at {@code /nix} get what they name all the same
     */
    public record Settings(
            String nodeId,
            StoreDir storeDir,
            String system,
            Duration callTimeout,
            Pods pods,
            PodEvents events,
            boolean injects) {
        /** Without an API server. */
        public Settings(String nodeId, StoreDir storeDir, String system, Duration callTimeout) {
            this(nodeId, storeDir, system, callTimeout, Pods.UNASKED, PodEvents.NONE, false);
        }
    }

    private CsiServer() {}

    /**
     * Starts to serve.
     *
     * @param sockets driver names and the sockets to serve them on
     * @throws IOException if one can't be served, in which case none is; the message names the socket
     */
    public static CsiServer start(Map<String, Path> sockets, Settings settings, Driver driver) throws IOException {
        CsiServer servers = new CsiServer();
        PodAdvice advice = new PodAdvice(NodeConfig.DRIVER, sockets.keySet(), settings.events(), settings.injects());
        try {
            for (Map.Entry<String, Path> entry : new TreeMap<>(sockets).entrySet()) {
                servers.listen(entry.getKey(), entry.getValue(), settings, driver, advice);
            }
        } catch (IOException e) {
            servers.close();
            throw e;
        }
        return servers;
    }

    /** The version of this program. */
    public static String version() {
        String version = CsiServer.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private void listen(String driverName, Path socket, Settings settings, Driver driver, PodAdvice advice)
            throws IOException {
        sockets.listen(
                "the driver " + driverName,
                socket,
                new IdentityService(driverName, version(), driver),
                new NodeService(
                        settings.nodeId(),
                        new PublishCalls(
                                new VolumeAttributes(settings.storeDir(), settings.system()),
                                driver,
                                settings.pods(),
                                settings.events(),
                                advice),
                        driver,
                        settings.callTimeout()));
    }

    /** Takes no more calls, lets those under way end for some seconds, and removes the sockets. */
    @Override
    public void close() {
        sockets.close();
    }
}
