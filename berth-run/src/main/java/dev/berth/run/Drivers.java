package dev.berth.run;

import dev.berth.node.csi.CsiClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Clients of the node agent's drivers, one a socket, connected when first asked for. */
final class Drivers implements AutoCloseable {
    /** As kubelet's. */
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private final Map<String, Path> sockets;
    private final Map<String, CsiClient> clients = new ConcurrentHashMap<>();

    /** @param sockets by driver name */
    Drivers(Map<String, Path> sockets) {
        this.sockets = Map.copyOf(sockets);
    }

    CsiClient client(String driver) {
        return clients.computeIfAbsent(
                driver,
                name -> CsiClient.connect(
                        Optional.ofNullable(sockets.get(name))
                                .orElseThrow(() -> RunException.failed("no CSI driver '" + name + "' is served here")),
                        DEADLINE));
    }

    @Override
    public void close() {
        clients.values().forEach(CsiClient::close);
    }
}
