package dev.berth.gateway.ssh;

import dev.berth.gateway.Role;
import dev.berth.gateway.Sessions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionHeartbeatController.HeartbeatType;
import org.apache.sshd.common.session.helpers.AbstractSession;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.ServerBuilder;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a store by SSH: {@code nix-daemon --stdio} and {@code nix-store --serve}, for who has a key. There is no shell, no
 * forwarding, no file transfer. MINA's few threads move bytes; a virtual thread runs each command.
 */
public final class SshFront implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SshFront.class);
    private static final AttributeKey<AuthorizedKeys.Entry> WHO = new AttributeKey<>();
    private static final int BACKLOG = 4096;
    private static final int READ_BUFFER = 64 << 10;
    // OpenSSH fills packets as large as this if it is let.
    private static final long PACKET = 64 << 10;
    private static final Duration HEARTBEAT = Duration.ofMinutes(1);
    // Longer than any deadline of a session: those count.
    private static final Duration SLOW_READER = Duration.ofHours(1);

    private final Server server;
    private final String fingerprint;
    private boolean closed;

    private SshFront(Server server, String fingerprint) {
        this.server = server;
        this.fingerprint = fingerprint;
    }

    /** A server that can stop to accept while its sessions go on. */
    private static final class Server extends SshServer {
        void unbind() {
            acceptor.unbind();
        }
    }

    /**
     * Starts to serve.
     *
     * @param nixVersion what clients that ask for a version are told
     * @throws IOException if a key file can't be read or the address can't be had
     */
    public static SshFront start(SshConfig config, Sessions sessions, String nixVersion) throws IOException {
        KeyPair hostKey = HostKey.readOrMake(config.hostKey());
        KeyFile keys = new KeyFile(config.authorizedKeys(), config.defaultRole());
        if (keys.size() == 0) {
            LOG.warn("{} holds no key: nobody can log in by SSH", config.authorizedKeys());
        }
        Server server = (Server) ServerBuilder.builder().factory(Server::new).build();
        server.setHost(config.host().isEmpty() ? null : config.host());
        server.setPort(config.port());
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        authenticate(server, keys);
        serveOnlyCommands(server, sessions, nixVersion);
        limit(server, config);
        tune(server, config);
        try {
            server.start();
        } catch (IOException e) {
            server.close(true);
            throw new IOException(
                    "cannot serve SSH on " + config.host() + ":" + config.port() + ": " + e.getMessage(), e);
        }
        return new SshFront(server, KeyUtils.getFingerPrint(hostKey.getPublic()));
    }

    private static void authenticate(SshServer server, KeyFile keys) {
        server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        // Certificates vouch for keys by rules that nobody configured here; the other two sign SHA-1.
        server.setSignatureFactories(server.getSignatureFactories().stream()
                .filter(factory -> !factory.getName().contains("-cert-")
                        && !Set.of("ssh-rsa", "ssh-dss").contains(factory.getName()))
                .toList());
        server.setPublickeyAuthenticator((user, key, session) -> {
            Optional<AuthorizedKeys.Entry> entry = keys.find(key);
            // Clients first ask which key would do, then prove that they have one: asked again, so the last one counts.
            if (entry.isPresent()) {
                session.setAttribute(WHO, entry.get());
            } else {
                session.removeAttribute(WHO);
                LOG.debug("{} has no key of ours: {}", session, fingerprint(key));
            }
            return entry.isPresent();
        });
    }

    private static String fingerprint(PublicKey key) {
        return KeyUtils.getFingerPrint(key);
    }

    private static void serveOnlyCommands(SshServer server, Sessions sessions, String nixVersion) {
        WindowBudget budget = WindowBudget.ofHeap();
        server.setChannelFactories(List.of(new SessionChannels(budget)));
        server.setCommandFactory((channel, line) -> command(channel, Request.parse(line, nixVersion), sessions));
        server.setShellFactory(channel -> command(channel, Request.noShell(), sessions));
        server.setSubsystemFactories(List.of());
        server.setForwardingFilter(RejectAllForwardingFilter.INSTANCE);
        server.setGlobalRequestHandlers(server.getGlobalRequestHandlers().stream()
                .filter(handler -> !handler.getClass().getSimpleName().contains("Forward"))
                .toList());
        server.setCompressionFactories(
                List.<NamedFactory<org.apache.sshd.common.compression.Compression>>of(BuiltinCompressions.none));
    }

    private static Command command(ChannelSession channel, Request request, Sessions sessions) {
        ServerSession session = channel.getSession();
        AuthorizedKeys.Entry who = session.getAttribute(WHO);
        AtomicInteger running = session.getAttribute(ConnectionLimits.RUNNING);
        if (who == null || running == null) {
            throw new IllegalStateException("a command before the login");
        }
        String peer = "'" + who.name() + "' at " + session.getClientAddress();
        LOG.debug("{} ({}) asks for {}", peer, who.role(), request);
        Role role = who.role();
        return new StoreCommand(ConnectionLimits.allowed(session, request), role, peer, sessions, running, channel);
    }

    private static void limit(SshServer server, SshConfig config) {
        SshConfig.Limits limits = config.limits();
        ConnectionLimits connections = new ConnectionLimits(limits);
        server.addSessionListener(connections);
        server.setSessionDisconnectHandler(connections);
        CoreModuleProperties.AUTH_TIMEOUT.set(server, limits.loginGrace());
        CoreModuleProperties.IDLE_TIMEOUT.set(server, limits.idle());
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(server, Duration.ZERO);
        CoreModuleProperties.MAX_CONCURRENT_CHANNELS.set(server, limits.channels());
        CoreModuleProperties.SOCKET_BACKLOG.set(server, BACKLOG);
        CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(server, SLOW_READER);
        // A client whose machine is gone is found out when it acknowledges nothing any more.
        server.setSessionHeartbeat(HeartbeatType.IGNORE, HEARTBEAT);
    }

    private static void tune(SshServer server, SshConfig config) {
        server.setCipherFactories(List.copyOf(config.builtinCiphers()));
        server.setMacFactories(server.getMacFactories().stream()
                .filter(factory -> factory.getName().contains("sha2"))
                .toList());
        CoreModuleProperties.SERVER_IDENTIFICATION.set(server, "berth");
        CoreModuleProperties.TCP_NODELAY.set(server, true);
        CoreModuleProperties.MAX_PACKET_SIZE.set(server, PACKET);
        CoreModuleProperties.NIO2_READ_BUFFER_SIZE.set(server, READ_BUFFER);
        // If both sides begin to exchange keys at once, MINA's session dies: only clients begin.
        CoreModuleProperties.REKEY_BYTES_LIMIT.set(server, Long.MAX_VALUE);
        CoreModuleProperties.REKEY_BLOCKS_LIMIT.set(server, Long.MAX_VALUE);
        CoreModuleProperties.REKEY_PACKETS_LIMIT.set(server, Long.MAX_VALUE);
        CoreModuleProperties.REKEY_TIME_LIMIT.set(server, Duration.ZERO);
    }

    /** Makes the channels of commands, the only kind there is. */
    private record SessionChannels(WindowBudget budget) implements ChannelFactory {
        @Override
        public String getName() {
            return "session";
        }

        @Override
        public Channel createChannel(Session session) {
            return new StoreChannel(budget);
        }
    }

    /** The port that it listens on. */
    public int port() {
        return server.getPort();
    }

    /** The addresses that it listens on. */
    public List<InetSocketAddress> addresses() {
        return server.getBoundAddresses().stream()
                .map(InetSocketAddress.class::cast)
                .toList();
    }

    /** The host key's fingerprint, as {@code ssh} shows it: {@code SHA256:…}. */
    public String fingerprint() {
        return fingerprint;
    }

    /** Accepts nobody any more, and ends connections that run nothing; the others go on. */
    public synchronized void stopAccepting() {
        if (closed) {
            return;
        }
        server.unbind();
        for (AbstractSession session : server.getActiveSessions()) {
            AtomicInteger running = session.getAttribute(ConnectionLimits.RUNNING);
            if (running == null || running.get() == 0) {
                tellOfStop(session);
            }
        }
    }

    private static void tellOfStop(Session session) {
        ConnectionLimits.end(session, SshConstants.SSH2_DISCONNECT_BY_APPLICATION, "the gateway stops");
    }

    /** Ends every connection, with a word to each. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (AbstractSession session : server.getActiveSessions()) {
            tellOfStop(session);
        }
        try {
            server.stop(true);
        } catch (IOException e) {
            LOG.warn("stopping the SSH server: {}", e.getMessage());
        }
    }
}
