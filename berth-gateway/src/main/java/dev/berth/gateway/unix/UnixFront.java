package dev.berth.gateway.unix;

import dev.berth.gateway.Role;
import dev.berth.gateway.Sessions;
import dev.berth.wire.SocketTransport;
import dev.berth.wire.Transport;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a store on a unix socket, as nix-daemon does (nix/unix/daemon.cc): who connects is who the kernel says it is. A
 * thread a connection, and one that accepts.
 */
public final class UnixFront implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UnixFront.class);
    // More than Linux queues by default (somaxconn), so that its limit is the one that counts.
    private static final int BACKLOG = 65_535;
    // How many clients are told at once that they are too many; others are only disconnected.
    private static final int REFUSALS = 64;
    private static final long PAUSE_MILLIS = 100;

    private final UnixConfig config;
    private final Sessions sessions;
    private final ServerSocketChannel server;
    private final Optional<SocketFile> file;
    private final Semaphore places;
    private final ConnectionThreads threads = new ConnectionThreads();
    private final Semaphore refusals = new Semaphore(REFUSALS);
    private final Set<Transport> open = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    private UnixFront(UnixConfig config, Sessions sessions, ServerSocketChannel server, Optional<SocketFile> file) {
        this.config = config;
        this.sessions = sessions;
        this.server = server;
        this.file = file;
        this.places = new Semaphore(config.maxConnections());
    }

    /**
     * Starts to serve.
     *
     * @throws IOException if the socket cannot be made, or another process serves it, or none was passed that should be
     */
    public static UnixFront start(UnixConfig config, Sessions sessions) throws IOException {
        if (config.passed()) {
            return started(new UnixFront(config, sessions, PassedSocket.take(), Optional.empty()));
        }
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            SocketFile file = SocketFile.listen(server, config.path(), config.permissions(), BACKLOG);
            return started(new UnixFront(config, sessions, server, Optional.of(file)));
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static UnixFront started(UnixFront front) {
        Thread.ofVirtual().name("berth-unix-accept").start(front::accept);
        return front;
    }

    private void accept() {
        while (!stopping) {
            try {
                SocketChannel channel = server.accept();
                threads.start(() -> handle(channel));
            } catch (ClosedChannelException e) {
                return; // stopped
            } catch (IOException e) {
                // Out of descriptors, mostly: the ones in use come back.
                LOG.warn("cannot accept connections on {}: {}", config.path(), e.getMessage());
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void handle(SocketChannel channel) {
        Transport transport = new SocketTransport(channel, "a client on " + config.path());
        open.add(transport);
        try (transport) {
            if (stopping) {
                return;
            }
            UnixDomainPrincipal principal = channel.getOption(ExtendedSocketOptions.SO_PEERCRED);
            Peer peer = new Peer(principal.user().getName(), principal.group().getName());
            Optional<Role> role = config.rules().roleOf(peer);
            if (role.isEmpty()) {
                refuse(transport, "user '" + peer.user() + "' is not allowed to connect to the Nix daemon");
            } else if (!places.tryAcquire()) {
                refuse(
                        transport,
                        "too many connections: " + config.maxConnections() + " are open on " + config.path()
                                + "; try again later");
            } else {
                try {
                    LOG.debug("connection of user {} ({})", peer.user(), role.get());
                    sessions.worker(role.get(), transport);
                } finally {
                    places.release();
                }
            }
        } catch (IOException e) {
            LOG.warn("cannot see who connects to {}: {}", config.path(), e.getMessage());
        } finally {
            open.remove(transport);
        }
    }

    private void refuse(Transport transport, String reason) {
        LOG.warn("{}", reason);
        if (refusals.tryAcquire()) {
            try {
                sessions.refuse(transport, reason);
            } finally {
                refusals.release();
            }
        }
    }

    /** How many connections are open. */
    public int connections() {
        return open.size();
    }

    /** Accepts nobody any more and takes the socket away; sessions go on. Does nothing the second time. */
    public synchronized void stopAccepting() {
        if (stopping) {
            return;
        }
        stopping = true;
        try {
            server.close();
            if (file.isPresent()) {
                file.get().close();
            }
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}", config.path(), e.getMessage());
        }
    }

    /** Stops to accept, and ends every connection at once. */
    @Override
    public void close() {
        stopAccepting();
        open.forEach(Transport::close);
    }
}
