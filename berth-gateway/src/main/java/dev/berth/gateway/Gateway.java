package dev.berth.gateway;

import dev.berth.gateway.ssh.SshConfig;
import dev.berth.gateway.ssh.SshFront;
import dev.berth.gateway.unix.UnixConfig;
import dev.berth.gateway.unix.UnixFront;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.StoreService;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A store that is served: on a unix socket, by SSH, or both. */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    private final StoreSessions sessions;
    private final Optional<UnixFront> unix;
    private final Optional<SshFront> ssh;
    private final String served;
    private final Duration stopLimit;

    private Gateway(
            StoreSessions sessions,
            Optional<UnixFront> unix,
            Optional<SshFront> ssh,
            String served,
            Duration stopLimit) {
        this.sessions = sessions;
        this.unix = unix;
        this.ssh = ssh;
        this.served = served;
        this.stopLimit = stopLimit;
    }

    /**
     * Starts to serve.
     *
     * @param store stays the caller's, to be closed after this
     * @param unix a socket to serve on
     * @param ssh an SSH server to serve by
     * @param limits of each session
     * @param stopLimit how long {@link #close} lets sessions end what they do
     * @throws IOException if a front cannot start; then none runs
     */
    public static Gateway start(
            StoreService store,
            Optional<UnixConfig> unix,
            Optional<SshConfig> ssh,
            SessionLimits limits,
            Duration stopLimit)
            throws IOException {
        StoreSessions sessions = new StoreSessions(store, limits);
        List<String> served = new ArrayList<>();
        Optional<UnixFront> unixFront = Optional.empty();
        try {
            if (unix.isPresent()) {
                unixFront = Optional.of(UnixFront.start(unix.get(), sessions));
                served.add("the socket " + unix.get().path());
            }
            Optional<SshFront> sshFront = Optional.empty();
            if (ssh.isPresent()) {
                SshFront front = SshFront.start(ssh.get(), sessions, store.nixVersion());
                sshFront = Optional.of(front);
                served.add("SSH at "
                        + front.addresses().stream().map(Gateway::show).collect(Collectors.joining(" and "))
                        + " (host key " + front.fingerprint() + ")");
            }
            return new Gateway(sessions, unixFront, sshFront, String.join(" and ", served), stopLimit);
        } catch (IOException | RuntimeException e) {
            unixFront.ifPresent(UnixFront::close);
            throw e;
        }
    }

    private static String show(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** What is served where, for the line that a command prints at its start. */
    public String served() {
        return served;
    }

    /** The port of the SSH server, if there is one. */
    public Optional<Integer> sshPort() {
        return ssh.map(SshFront::port);
    }

    /** How many sessions there are. */
    public int sessions() {
        return sessions.count();
    }

    /**
     * Stops: nobody is accepted any more, sessions that wait for their client end at once, and the others get the time to end
     * what they do.
     */
    @Override
    public void close() {
        unix.ifPresent(UnixFront::stopAccepting);
        ssh.ifPresent(SshFront::stopAccepting);
        try {
            int left = sessions.stop(stopLimit);
            if (left > 0) {
                LOG.warn("{} sessions did not end within {} s and were cut off", left, stopLimit.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            unix.ifPresent(UnixFront::close);
            ssh.ifPresent(SshFront::close);
        }
    }
}
