package dev.berth.node.csi;

import dev.berth.nix.StoreDir;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the CSI services on unix sockets, one for each driver name. One thread moves the bytes; each call runs on a
 * virtual thread of its own.
 */
public final class CsiServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CsiServer.class);

    /** A pod's specification may be as large as an object of the API server: 1.5 MiB. */
    private static final int MAX_MESSAGE = 8 << 20;

    private static final int MAX_METADATA = 64 << 10;
    private static final int MAX_CALLS = 256;
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final EventLoopGroup loop = Netty.oneThread("berth-csi");
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Listener> listeners = new ArrayList<>();

    private record Listener(Server server, SocketFile file) {}

    /**
     * What the services answer with.
     *
     * @param nodeId the node's name
     * @param storeDir the store dir of the paths that volumes name
     * @param system the node's system
     * @param callTimeout the deadline of calls that bring none
     */
    public record Settings(String nodeId, StoreDir storeDir, String system, Duration callTimeout) {}

    private CsiServer() {}

    /**
     * Starts to serve.
     *
     * @param sockets driver names and the sockets to serve them on
     * @throws IOException if one can't be served, in which case none is; the message names the socket
     */
    public static CsiServer start(Map<String, Path> sockets, Settings settings, Driver driver) throws IOException {
        CsiServer servers = new CsiServer();
        try {
            for (Map.Entry<String, Path> entry : new TreeMap<>(sockets).entrySet()) {
                servers.listen(entry.getKey(), entry.getValue(), settings, driver);
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

    private void listen(String driverName, Path socket, Settings settings, Driver driver) throws IOException {
        try {
            SocketFile file = new SocketFile(socket);
            Path bound = file.prepare();
            Server server = NettyServerBuilder.forAddress(new DomainSocketAddress(bound.toFile()))
                    .channelType(EpollServerDomainSocketChannel.class)
                    .bossEventLoopGroup(loop)
                    .workerEventLoopGroup(loop)
                    .withOption(ChannelOption.ALLOCATOR, Netty.ALLOCATOR)
                    .withChildOption(ChannelOption.ALLOCATOR, Netty.ALLOCATOR)
                    // grpc-java sets it on every socket; unix sockets have none and Netty would warn of each.
                    .withChildOption(ChannelOption.SO_KEEPALIVE, null)
                    .executor(calls)
                    .maxInboundMessageSize(MAX_MESSAGE)
                    .maxInboundMetadataSize(MAX_METADATA)
                    .maxConcurrentCallsPerConnection(MAX_CALLS)
                    .permitKeepAliveTime(1, TimeUnit.SECONDS)
                    .permitKeepAliveWithoutCalls(true)
                    .addService(new IdentityService(driverName, version(), driver))
                    .addService(new NodeService(
                            settings.nodeId(),
                            new VolumeAttributes(settings.storeDir(), settings.system()),
                            driver,
                            settings.callTimeout()))
                    .build()
                    .start();
            listeners.add(new Listener(server, file));
            file.publish();
            LOG.info("serving {} on {}", driverName, socket);
        } catch (IOException e) {
            throw new IOException("cannot serve the driver " + driverName + " on " + socket + ": " + reason(e), e);
        }
    }

    private static String reason(IOException e) {
        Throwable innermost = e;
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            innermost = cause;
        }
        return String.valueOf(innermost.getMessage());
    }

    /** Takes no more calls, lets those under way end for some seconds, and removes the sockets. */
    @Override
    public void close() {
        listeners.forEach(listener -> listener.server().shutdown());
        boolean interrupted = false;
        long end = System.nanoTime() + GRACE.toNanos();
        for (Listener listener : listeners) {
            try {
                if (!listener.server().awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    LOG.warn("calls were still under way after {} s and are given up", GRACE.toSeconds());
                    listener.server().shutdownNow();
                }
            } catch (InterruptedException e) {
                interrupted = true;
                listener.server().shutdownNow();
            }
            try {
                listener.file().remove();
            } catch (IOException e) {
                LOG.warn("cannot remove a socket: {}", e.toString());
            }
        }
        calls.shutdown();
        Netty.stop(loop);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
