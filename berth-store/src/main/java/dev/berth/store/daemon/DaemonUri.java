package dev.berth.store.daemon;

import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StoreReference;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreParameters;
import dev.berth.store.StoreSettings;
import dev.berth.wire.RemoteException;
import dev.berth.wire.SocketTransport;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Transport;
import dev.berth.wire.serve.ServeClient;
import dev.berth.wire.worker.WorkerClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What a daemon's URI says (libstore/uds-remote-store.cc, ssh-store.cc, legacy-ssh-store.cc).
 *
 * @param uri for messages
 * @param storeDir of its paths
 * @param serve whether it speaks the serve protocol, else the worker protocol
 * @param route how to reach it
 * @param limits of the pool
 * @param timeouts of a connection
 */
record DaemonUri(String uri, StoreDir storeDir, boolean serve, Route route, PoolLimits limits, Timeouts timeouts) {
    private static final Set<String> COMMON = Set.of(
            "max-connection-age",
            "max-connections",
            "path-info-cache-size",
            "priority",
            "store",
            "system-features",
            "trusted",
            "want-mass-query");
    private static final Set<String> UNIX = Set.of("log", "real", "root", "state");
    private static final Set<String> SSH =
            Set.of("base64-ssh-public-host-key", "compress", "remote-program", "remote-store", "ssh-key");

    /** As many as a copy has threads; sshd refuses some of more than 10 that log in at once. */
    private static final int CONNECTIONS = 4;

    private static final int UNIX_CONNECTIONS = 8;

    /** How much longer than a local one a handshake over SSH may take: it logs in, and the user may be asked something. */
    private static final int SSH_PATIENCE = 4;

    /** How to reach a daemon. */
    @FunctionalInterface
    interface Route {
        /** @throws IOException if it can't be reached */
        Line open() throws IOException;
    }

    /**
     * A connection that nobody greeted yet.
     *
     * @param transport the connection
     * @param lastWords what the other side says beside the protocol
     */
    record Line(Transport transport, Supplier<String> lastWords) {}

    /** The socket of the machine's daemon, by the environment as Nix. */
    static Path defaultSocket(Optional<String> state) {
        Optional<String> named =
                Optional.ofNullable(System.getenv("NIX_DAEMON_SOCKET_PATH")).filter(s -> !s.isEmpty());
        String stateDir = state.orElseGet(() -> Optional.ofNullable(System.getenv("NIX_STATE_DIR"))
                .filter(s -> !s.isEmpty())
                .orElse("/nix/var/nix"));
        return named.map(Path::of).orElse(Path.of(stateDir, "daemon-socket", "socket"));
    }

    /** @throws StoreException if a part is wrong */
    static DaemonUri of(StoreReference reference, StoreSettings settings) {
        boolean unix = reference.scheme().equals("unix") || reference.form() == StoreReference.Form.AUTO;
        Set<String> known = new HashSet<>(COMMON);
        known.addAll(unix ? UNIX : SSH);
        StoreParameters parameters = new StoreParameters(reference, known);
        boolean serve = reference.scheme().equals("ssh");
        StoreDir storeDir = parameters.text("store").map(StoreDir::new).orElse(settings.storeDir());
        Duration wait = settings.stallTimeout();
        Timeouts timeouts = new Timeouts(
                unix ? wait : wait.multipliedBy(SSH_PATIENCE),
                wait.multipliedBy(SSH_PATIENCE),
                wait.multipliedBy(SSH_PATIENCE),
                Timeouts.DEFAULT.work());
        String uri = unix && reference.location().isEmpty()
                ? "daemon"
                : reference.withoutParams().toString();
        return new DaemonUri(
                uri,
                storeDir,
                serve,
                unix ? socket(reference, parameters, wait) : ssh(reference, parameters, serve, settings),
                limits(parameters, unix ? UNIX_CONNECTIONS : CONNECTIONS),
                timeouts);
    }

    private static PoolLimits limits(StoreParameters parameters, int connections) {
        int most = parameters.number("max-connections").orElse(connections);
        long age = parameters
                .text("max-connection-age")
                .map(text -> seconds(parameters, text))
                .orElse(Long.MAX_VALUE);
        return PoolLimits.of(Math.max(1, most), Duration.ofSeconds(Math.min(age, PoolLimits.LONGEST_LIFE.toSeconds())));
    }

    private static long seconds(StoreParameters parameters, String text) {
        try {
            return Long.parseUnsignedLong(text) & Long.MAX_VALUE;
        } catch (NumberFormatException e) {
            throw parameters.refused("max-connection-age", "is no number of seconds");
        }
    }

    private static Route socket(StoreReference reference, StoreParameters parameters, Duration patience) {
        if (!reference.authority().isEmpty()) {
            throw new FormatException("the path of a socket is absolute, with three slashes: unix:///path");
        }
        Path path = reference.path().isEmpty() ? defaultSocket(parameters.text("state")) : Path.of(reference.path());
        return () -> new Line(SocketTransport.connect(path, patience), () -> "");
    }

    private static Route ssh(
            StoreReference reference, StoreParameters parameters, boolean serve, StoreSettings settings) {
        SshHost host = SshHost.parse(reference.authority());
        if (!reference.path().isEmpty() && !reference.path().equals("/")) {
            throw new FormatException("a host has no path; for another store there, write remote-store=URI");
        }
        List<String> program = new ArrayList<>(parameters
                .text("remote-program")
                .map(text -> Arrays.asList(text.strip().split("\\s+")))
                .orElse(List.of(serve ? "nix-store" : "nix-daemon")));
        program.addAll(serve ? List.of("--serve", "--write") : List.of("--stdio"));
        parameters.text("remote-store").ifPresent(store -> program.addAll(List.of("--store", store)));
        SshCommand command = new SshCommand(
                host,
                program,
                parameters.text("ssh-key").map(Path::of),
                parameters.text("base64-ssh-public-host-key").map(key -> decode(parameters, key)),
                parameters.flag("compress").orElse(false),
                settings.acceptNewHostKeys(),
                ShellWords.split(
                        Optional.ofNullable(System.getenv("NIX_SSHOPTS")).orElse("")));
        String peer = reference.withoutParams().toString();
        return () -> {
            ProcessTransport transport = command.start(peer);
            return new Line(transport, transport::lastWords);
        };
    }

    private static String decode(StoreParameters parameters, String key) {
        try {
            return new String(Base64.getDecoder().decode(key), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw parameters.refused("base64-ssh-public-host-key", "is not in base-64");
        }
    }

    /** A new connection. @throws StoreException if there can't be one */
    Connection connect() {
        String what = "cannot connect to " + uri;
        Line line;
        try {
            line = route.open();
        } catch (IOException e) {
            throw new StoreException(Kind.UNAVAILABLE, what + ": " + e.getMessage(), e);
        }
        boolean done = false;
        try {
            StoreOperations operations = serve
                    ? ServeClient.connect(line.transport(), storeDir, timeouts)
                    : WorkerClient.connect(line.transport(), storeDir, timeouts);
            done = true;
            return new Connection(operations, line.lastWords());
        } catch (RemoteException e) {
            StoreException failure = DaemonFailure.of(what, e, line.lastWords().get());
            throw new StoreException(Kind.UNAVAILABLE, failure.getMessage(), e);
        } finally {
            if (!done) {
                line.transport().close();
            }
        }
    }
}
