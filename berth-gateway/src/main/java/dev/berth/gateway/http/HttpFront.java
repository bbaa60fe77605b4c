package dev.berth.gateway.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves over HTTP/1.1 and HTTP/2. Few threads carry all connections; a request that cannot be answered from memory has a
 * virtual thread of its own.
 */
public final class HttpFront implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpFront.class);
    private static final int BACKLOG = 4096;
    private static final int READ_LEAST = 1 << 10;
    private static final int READ_FIRST = 2 << 10;
    private static final int READ_MOST = 64 << 10;
    private static final long PAUSE_MILLIS = 10;
    private static final long LONGEST_SWEEP_MILLIS = 1000;
    private static final Duration STOP = Duration.ofSeconds(5);

    private final Traffic traffic;
    private final EventLoopGroup threads;
    private final ChannelGroup open;
    private final Channel server;
    private final Thread sweeper;
    private volatile boolean stopping;

    private HttpFront(
            Traffic traffic, EventLoopGroup threads, ChannelGroup open, Channel server, Optional<ServerKey> key) {
        this.traffic = traffic;
        this.threads = threads;
        this.open = open;
        this.server = server;
        this.sweeper = Thread.ofVirtual().name("berth-http-sweep").unstarted(() -> sweep(key));
    }

    /**
     * Starts to serve a cache, and beside it what a cluster asks of any server: {@code /healthz}, {@code /readyz},
     * {@code /metrics}.
     *
     * @param cache stays the caller's, to be closed after this
     * @param metrics what is counted, and shown at {@code /metrics}
     * @throws IOException if the address can't be had, or the certificate not be read
     */
    public static HttpFront start(HttpConfig config, CacheRoutes cache, Metrics metrics) throws IOException {
        ServiceRoutes routes = new ServiceRoutes(
                cache, metrics, cache::probe, request -> !config.privateMetrics() || cache.isReader(request));
        return start(config, routes, metrics);
    }

    /** Starts to serve any routes. */
    static HttpFront start(HttpConfig config, Routes routes, Metrics metrics) throws IOException {
        Traffic traffic = new Traffic(routes, config.limits(), metrics);
        metrics.gauge("berth_http_connections", "Open HTTP connections.", traffic::connections);
        metrics.gauge(
                "berth_http_requests_in_flight",
                "HTTP requests that are being answered and were not answered at once.",
                traffic::exchanges);
        Optional<ServerKey> key = Optional.empty();
        if (config.tls().isPresent()) {
            key = Optional.of(ServerKey.read(config.tls().get()));
        }
        EventLoopGroup threads = new MultiThreadIoEventLoopGroup(
                Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 8),
                new DefaultThreadFactory("berth-http-io", true),
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        Class<? extends ServerChannel> type =
                Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        InetSocketAddress address = config.host().isEmpty()
                ? new InetSocketAddress(config.port())
                : new InetSocketAddress(InetAddress.getByName(config.host()), config.port());
        ChannelFuture bound = new ServerBootstrap()
                .group(threads)
                .channel(type)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                // One read at a time: what a client sends on while it is answered stays in the kernel.
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(READ_LEAST, READ_FIRST, READ_MOST).maxMessagesPerRead(1))
                .childHandler(new Connections(traffic, key, open))
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            threads.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly(STOP.toMillis());
            throw new IOException(
                    "cannot listen on " + address + " for HTTP: "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        HttpFront front = new HttpFront(traffic, threads, open, bound.channel(), key);
        front.sweeper.start();
        return front;
    }

    private void sweep(Optional<ServerKey> key) {
        HttpConfig.Limits limits = traffic.limits();
        long shortest = Math.min(
                limits.headTime().toMillis(),
                Math.min(limits.idle().toMillis(), limits.stall().toMillis()));
        long pause = Math.clamp(shortest / 4, PAUSE_MILLIS, LONGEST_SWEEP_MILLIS);
        try {
            while (true) {
                Thread.sleep(pause);
                traffic.sweep();
                key.ifPresent(ServerKey::refresh);
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    /** The port. */
    public int port() {
        return address().getPort();
    }

    /** Accepts nobody any more; connections end with what is under way on them. Does nothing the second time. */
    public synchronized void stopAccepting() {
        if (!stopping) {
            stopping = true;
            traffic.routes().stop();
            server.close().syncUninterruptibly();
            traffic.stop();
        }
    }

    /**
     * Lets what is under way come to its end.
     *
     * @return how many connections are left after that time
     */
    public int drain(Duration limit) throws InterruptedException {
        stopAccepting();
        long deadline = System.nanoTime() + limit.toNanos();
        while (traffic.connections() > 0 && System.nanoTime() - deadline < 0) {
            Thread.sleep(PAUSE_MILLIS);
        }
        return traffic.connections();
    }

    /** Stops to accept, and ends every connection at once. */
    @Override
    public void close() {
        stopAccepting();
        sweeper.interrupt();
        open.close().awaitUninterruptibly(STOP.toMillis());
        if (!threads.shutdownGracefully(0, STOP.toSeconds(), TimeUnit.SECONDS).awaitUninterruptibly(STOP.toMillis())) {
            LOG.warn("the HTTP server's threads did not end within {} s", STOP.toSeconds());
        }
    }
}
