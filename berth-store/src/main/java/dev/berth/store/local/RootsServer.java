package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.Names;
import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes new roots from other processes, and from this one, while garbage is collected: a line with a full path, answered
 * by {@code 1} when the path is safe (libstore/gc.cc). The socket stays behind: who finds nobody there tries the lock
 * again.
 */
final class RootsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RootsServer.class);
    private static final int MAX_CLIENTS = 512;
    private static final int MAX_LINE = 8192;

    private final StoreDir storeDir;
    private final Claims claims;
    private final Directory directory;
    private final ServerSocketChannel server;
    private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();
    private final Semaphore places = new Semaphore(MAX_CLIENTS);

    private RootsServer(StoreDir storeDir, Claims claims, Directory directory, ServerSocketChannel server) {
        this.storeDir = storeDir;
        this.claims = claims;
        this.directory = directory;
        this.server = server;
        Thread.ofVirtual().name("gc-roots").start(this::accept);
    }

    /** Listens in {@code gc-socket/socket}. The caller holds the exclusive lock of garbage collections. */
    static RootsServer start(StoreDir storeDir, Directory state, Claims claims) throws IOException {
        byte[] name = Names.bytes("gc-socket");
        if (state.statIfExists(name).isEmpty()) {
            state.makeDirectory(name, 0755);
        }
        Directory directory = state.openDirectory(name);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        boolean good = false;
        try {
            // Under another name first, so that nobody finds the name empty.
            String part = "socket." + ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
            server.bind(CollectorSocket.address(directory, part), MAX_CLIENTS);
            directory.setPermissions(Names.bytes(part), 0666);
            directory.rename(Names.bytes(part), directory, Names.bytes("socket"), Directory.Rename.REPLACE);
            good = true;
            return new RootsServer(storeDir, claims, directory, server);
        } finally {
            if (!good) {
                server.close();
                directory.close();
            }
        }
    }

    private void accept() {
        try {
            while (true) {
                places.acquire();
                SocketChannel client = server.accept();
                clients.add(client);
                if (!server.isOpen()) {
                    client.close();
                }
                Thread.ofVirtual().name("gc-root").start(() -> serve(client));
            }
        } catch (ClosedChannelException e) {
            LOG.trace("collection is over: {}", e.toString());
        } catch (IOException e) {
            LOG.warn("taking new roots: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel client) {
        try (client) {
            InputStream in = new java.io.BufferedInputStream(Channels.newInputStream(client));
            for (Optional<String> line = line(in); line.isPresent(); line = line(in)) {
                root(line.get());
                client.write(ByteBuffer.wrap(new byte[] {'1'}));
            }
        } catch (IOException e) {
            LOG.debug("client with new roots: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            clients.remove(client);
            places.release();
        }
    }

    private static Optional<String> line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                return Optional.of(line.toString());
            }
            if (line.length() == MAX_LINE) {
                throw new IOException("a line longer than " + MAX_LINE + " bytes");
            }
            line.append((char) b);
        }
        return Optional.empty();
    }

    private void root(String line) throws InterruptedException {
        try {
            claims.root(storeDir.parse(line).hashPart());
        } catch (FormatException e) {
            LOG.warn("what was sent as a new root is none: {}", e.getMessage());
        }
    }

    /** Stops; nobody gets an answer any more. */
    @Override
    public void close() {
        try (directory;
                server) {
            LOG.trace("collection is over");
        } catch (IOException e) {
            LOG.warn("closing the socket for new roots: {}", e.getMessage());
        }
        for (SocketChannel client : clients) {
            try {
                client.close();
            } catch (IOException e) {
                LOG.debug("closing a client: {}", e.toString());
            }
        }
        // Not an interrupt: it would make accept() drop, without closing it, a client that came in the meantime, and
        // that
        // client would wait for ever. With a place it goes on to accept(), which finds the socket closed.
        places.release();
    }
}
