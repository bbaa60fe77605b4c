package dev.berth.node.grpc;

import io.grpc.BindableService;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * gRPC servers on unix sockets. One thread moves the bytes of all of them; each call runs on a virtual thread of its own.
 * A socket whose file somebody deletes or replaces is bound again within a second: nobody could reach the server otherwise,
 * and nobody would see why.
 */
public final class GrpcSockets implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcSockets.class);
    private static final long TICK_MILLIS = 500;
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final EventLoopGroup loop;
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread watcher;

    /** @param name of the thread that moves bytes */
    public GrpcSockets(String name) {
        this.loop = Netty.oneThread(name);
        this.watcher = Thread.ofVirtual().name(name + "-watch").start(this::watch);
    }

    /**
     * Serves on a socket.
     *
     * @param what is served, for messages
     * @throws IOException if it can't be, as another process listens there or the path is no good; one line
     */
    public Listener listen(String what, Path socket, BindableService... services) throws IOException {
        Listener listener = new Listener(what, socket, List.of(services), loop, calls);
        listener.bind();
        listeners.add(listener);
        return listener;
    }

    /** Removes the socket of a process that is gone; anything else there is left alone. */
    public static void removeDead(Path socket) throws IOException {
        SocketFile.removeDead(socket);
    }

    private void watch() {
        try {
            while (!closed.await(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
                listeners.forEach(GrpcSockets::look);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void look(Listener listener) {
        try {
            listener.look();
        } catch (RuntimeException e) {
            LOG.error("a defect keeps a socket from being looked after", e);
        }
    }

    /** Takes no more calls, lets those under way end for some seconds, and removes the sockets. */
    @Override
    public void close() {
        closed.countDown();
        boolean interrupted = false;
        try {
            watcher.join();
        } catch (InterruptedException e) {
            interrupted = true;
        }
        listeners.forEach(Listener::shutdown);
        long end = System.nanoTime() + GRACE.toNanos();
        for (Listener listener : listeners) {
            try {
                if (!listener.awaitTermination(end)) {
                    LOG.warn("calls were still under way after {} s and are given up", GRACE.toSeconds());
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
            listener.remove();
        }
        calls.shutdown();
        Netty.stop(loop);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
