package dev.berth.node.grpc;

import io.grpc.BindableService;
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
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One socket and the servers on it: the one that listens, and those before it whose calls have not all ended. */
public final class Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

    /** A pod's specification may be as large as an object of the API server: 1.5 MiB. */
    private static final int MAX_MESSAGE = 8 << 20;

    private static final int MAX_METADATA = 64 << 10;
    private static final int MAX_CALLS = 256;

    private final String what;
    private final Path socket;
    private final SocketFile file;
    private final List<BindableService> services;
    private final EventLoopGroup loop;
    private final Executor calls;
    private final List<Server> servers = new ArrayList<>();
    private long renewAt = Long.MAX_VALUE;
    private String problem = "";

    Listener(String what, Path socket, List<BindableService> services, EventLoopGroup loop, Executor calls)
            throws IOException {
        this.what = what;
        this.socket = socket;
        this.services = services;
        this.loop = loop;
        this.calls = calls;
        try {
            this.file = new SocketFile(socket);
        } catch (IOException e) {
            throw cannotServe(e);
        }
    }

    /** Removes the socket after a while and makes it anew, as who watches its directory looks at new ones only. */
    public synchronized void renewAfter(Duration delay) {
        renewAt = System.nanoTime() + delay.toNanos();
    }

    synchronized void bind() throws IOException {
        try {
            Path bound = file.prepare();
            Server server = server(bound).start();
            servers.add(server);
            file.publish();
            LOG.info("serving {} on {}", what, socket);
        } catch (IOException e) {
            throw cannotServe(e);
        }
        // INVARIANT: only now, as a server that ends removes the file at the place where sockets are bound.
        servers.subList(0, servers.size() - 1).forEach(Server::shutdown);
        renewAt = Long.MAX_VALUE;
    }

    /** Looks whether the socket is still there, and makes it again if not. */
    synchronized void look() {
        servers.removeIf(Server::isTerminated);
        try {
            boolean inPlace = file.inPlace();
            if (inPlace && System.nanoTime() - renewAt < 0) {
                return;
            }
            if (inPlace) {
                file.remove();
            } else if (problem.isEmpty()) {
                LOG.warn("the socket {} was deleted or replaced: making it again", socket);
            }
            bind();
            problem = "";
        } catch (IOException e) {
            String now = String.valueOf(e.getMessage());
            if (!now.equals(problem)) {
                LOG.error("{}; trying again", now);
            }
            problem = now;
        }
    }

    synchronized void shutdown() {
        servers.forEach(Server::shutdown);
    }

    boolean awaitTermination(long end) throws InterruptedException {
        boolean ended = true;
        for (Server server : servers) {
            try {
                ended &= server.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            } finally {
                server.shutdownNow();
            }
        }
        return ended;
    }

    void remove() {
        try {
            file.remove();
        } catch (IOException e) {
            LOG.warn("cannot remove the socket {}: {}", socket, e.toString());
        }
    }

    private Server server(Path place) {
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new DomainSocketAddress(place.toFile()))
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
                .permitKeepAliveWithoutCalls(true);
        services.forEach(builder::addService);
        return builder.build();
    }

    private IOException cannotServe(IOException e) {
        Throwable innermost = e;
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            innermost = cause;
        }
        return new IOException("cannot serve " + what + " on " + socket + ": " + innermost.getMessage(), e);
    }
}
