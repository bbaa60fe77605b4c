package dev.berth.gateway;

import dev.berth.gateway.http.CacheRoutes;
import dev.berth.gateway.http.HttpConfig;
import dev.berth.gateway.http.HttpFront;
import dev.berth.gateway.http.Metrics;
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

/** A store that is served: on a unix socket, by SSH, over HTTP. */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    private final StoreSessions sessions;
    private final Optional<UnixFront> unix;
    private final Optional<SshFront> ssh;
    private final Optional<HttpFront> http;
    private final String served;
    private final Duration stopLimit;

    private Gateway(
            StoreSessions sessions,
            Optional<UnixFront> unix,
            Optional<SshFront> ssh,
            Optional<HttpFront> http,
            String served,
            Duration stopLimit) {
        this.sessions = sessions;
        this.unix = unix;
        this.ssh = ssh;
        this.http = http;
        this.served = served;
        this.stopLimit = stopLimit;
    }

    /**
     * An HTTP server to serve by.
     *
     * @param config where and how
     * @param cache the same store as a cache; stays the caller's, to be closed after the gateway
     * @param metrics what is counted
     */
    public record Http(HttpConfig config, CacheRoutes cache, Metrics metrics) {}

    /** As below, not over HTTP. */
    public static Gateway start(
            StoreService store,
            Optional<UnixConfig> unix,
            Optional<SshConfig> ssh,
            SessionLimits limits,
            Duration stopLimit)
            throws IOException {
        return start(store, unix, ssh, Optional.empty(), limits, stopLimit);
    }

    /**
     * Starts to serve.
     *
     * @param store stays the caller's, to be closed after this
     * @param unix a socket to serve on
     * @param ssh an SSH server to serve by
     * @param http an HTTP server to serve by
     * @param limits of each session
     * @param stopLimit how long {@link #close} lets sessions and requests end what they do
     * @throws IOException if a front cannot start; then none runs
     */
    public static Gateway start(
            StoreService store,
            Optional<UnixConfig> unix,
            Optional<SshConfig> ssh,
            Optional<Http> http,
            SessionLimits limits,
            Duration stopLimit)
            throws IOException {
        StoreSessions sessions = new StoreSessions(store, limits);
        List<String> served = new ArrayList<>();
        Optional<UnixFront> unixFront = Optional.empty();
        Optional<SshFront> sshFront = Optional.empty();
        try {
            if (unix.isPresent()) {
                unixFront = Optional.of(UnixFront.start(unix.get(), sessions));
                served.add("the socket " + unix.get().path());
            }
            if (ssh.isPresent()) {
                SshFront front = SshFront.start(ssh.get(), sessions, store.nixVersion());
                sshFront = Optional.of(front);
                served.add("SSH at "
                        + front.addresses().stream().map(Gateway::show).collect(Collectors.joining(" and "))
                        + " (host key " + front.fingerprint() + ")");
            }
            Optional<HttpFront> httpFront = Optional.empty();
            if (http.isPresent()) {
                HttpFront front = HttpFront.start(
                        http.get().config(), http.get().cache(), http.get().metrics());
                httpFront = Optional.of(front);
                served.add((http.get().config().tls().isPresent() ? "https://" : "http://") + show(front.address()));
                count(sessions, unixFront, http.get().metrics());
            }
            return new Gateway(sessions, unixFront, sshFront, httpFront, String.join(" and ", served), stopLimit);
        } catch (IOException | RuntimeException e) {
            unixFront.ifPresent(UnixFront::close);
            sshFront.ifPresent(SshFront::close);
            throw e;
        }
    }

    private static void count(StoreSessions sessions, Optional<UnixFront> unix, Metrics metrics) {
        unix.ifPresent(front ->
                metrics.gauge("berth_unix_connections", "Open connections on the unix socket.", front::connections));
        metrics.gauge(
                "berth_daemon_sessions",
                "Open sessions of Nix's worker and serve protocols, on the socket and by SSH.",
                sessions::count);
        metrics.counter(
                "berth_daemon_sessions_accepted_total",
                "Sessions of Nix's worker and serve protocols that began.",
                sessions::accepted);
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

    /** The port of the HTTP server, if there is one. */
    public Optional<Integer> httpPort() {
        return http.map(HttpFront::port);
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
        http.ifPresent(HttpFront::stopAccepting);
        long deadline = System.nanoTime() + stopLimit.toNanos();
        try {
            int left = sessions.stop(stopLimit);
            if (left > 0) {
                LOG.warn("{} sessions did not end within {} s and were cut off", left, stopLimit.toSeconds());
            }
            if (http.isPresent()) {
                int open = http.get().drain(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
                if (open > 0) {
                    LOG.warn("{} HTTP connections did not end in time and were cut off", open);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            unix.ifPresent(UnixFront::close);
            ssh.ifPresent(SshFront::close);
            http.ifPresent(HttpFront::close);
        }
    }
}
