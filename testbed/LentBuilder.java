import dev.berth.gateway.LocalService;
import dev.berth.gateway.ServiceSettings;
import dev.berth.nix.StoreDir;
import dev.berth.store.local.LocalStoreConfig;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.LogSink;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Transport;
import dev.berth.wire.TrustedFlag;
import dev.berth.wire.worker.WorkerClient;
import dev.berth.wire.worker.WorkerSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Berth's daemon with a builder that it has not: what a client asks for is done by Berth, but the three operations that
 * build are passed to Nix's own daemon, which serves the same store at {@code $NIX_DAEMON_SOCKET_PATH.nix}. So the tests
 * that need a build say something of everything else that they do.
 *
 * <p>Configured by the variables and the {@code nix.conf} that the tests have. Ends when it is killed.
 */
final class LentBuilder {
    private static final Set<String> BUILDS = Set.of("buildPaths", "buildPathsWithResults", "buildDerivation");

    public static void main(String[] args) throws IOException {
        StoreDir storeDir = new StoreDir(System.getenv("NIX_STORE_DIR"));
        Path socket = Path.of(System.getenv("NIX_DAEMON_SOCKET_PATH"));
        LocalStoreConfig config = LocalStoreConfig.system()
                .at(storeDir, Path.of(storeDir.path()), Path.of(System.getenv("NIX_STATE_DIR")))
                .loggingTo(Path.of(System.getenv("NIX_LOG_DIR")));
        ServiceSettings settings = settings(
                Path.of(System.getenv("NIX_CONF_DIR"), "nix.conf"), ServiceSettings.DEFAULT);
        try (LocalService berth = new LocalService(config, settings);
                ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            StoreService service = new Service(berth, Path.of(socket + ".nix"));
            server.bind(UnixDomainSocketAddress.of(socket));
            while (true) {
                SocketChannel client = server.accept();
                Thread.startVirtualThread(() ->
                        WorkerSession.serve(service, true, new Connection(client), SessionLimits.DEFAULT));
            }
        }
    }

    private static ServiceSettings settings(Path file, ServiceSettings before) throws IOException {
        ServiceSettings settings = before;
        for (String line : Files.exists(file) ? Files.readAllLines(file) : Set.<String>of()) {
            if (line.startsWith("include ") || line.startsWith("!include ")) {
                settings = settings(file.resolveSibling(line.split(" ", 2)[1].strip()), settings);
            } else if (line.contains("=")) {
                String[] pair = line.split("=", 2);
                settings = settings.with(pair[0].strip(), pair[1].strip());
            }
        }
        return settings;
    }

    private record Connection(SocketChannel channel, InputStream in, OutputStream out) implements Transport {
        Connection(SocketChannel channel) {
            this(channel, Channels.newInputStream(channel), Channels.newOutputStream(channel));
        }

        static Connection to(Path socket) throws IOException {
            return new Connection(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
        }

        @Override
        public String peer() {
            return "a test";
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                System.err.println("closing a connection: " + e.getMessage());
            }
        }
    }

    private record Service(StoreService berth, Path builder) implements StoreService {
        @Override
        public StoreDir storeDir() {
            return berth.storeDir();
        }

        @Override
        public String nixVersion() {
            return berth.nixVersion();
        }

        @Override
        public Set<String> features() {
            return berth.features();
        }

        @Override
        public TrustedFlag trustedFlag(boolean trusted) {
            return berth.trustedFlag(trusted);
        }

        @Override
        public StoreOperations open(boolean trusted, LogSink log) {
            Session session = new Session(berth.open(trusted, log), builder, log);
            return (StoreOperations) Proxy.newProxyInstance(
                    Service.class.getClassLoader(), new Class<?>[] {StoreOperations.class}, session::call);
        }
    }

    private static final class Session {
        private final StoreOperations berth;
        private final Path socket;
        private final LogSink log;
        private ClientSettings options = ClientSettings.DEFAULT;
        private WorkerClient builder;

        Session(StoreOperations berth, Path socket, LogSink log) {
            this.berth = berth;
            this.socket = socket;
            this.log = log;
        }

        Object call(Object proxy, Method method, Object[] arguments) throws Throwable {
            try {
                switch (method.getName()) {
                    case "setOptions" -> {
                        options = (ClientSettings) arguments[0];
                        if (builder != null) {
                            builder.setOptions(options);
                        }
                    }
                    case "close" -> {
                        if (builder != null) {
                            builder.close();
                        }
                    }
                    case String name when BUILDS.contains(name) -> {
                        return method.invoke(builder(), arguments);
                    }
                    default -> {}
                }
                return method.invoke(berth, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        // Open until the session ends: it holds the temporary roots of what it has built.
        private WorkerClient builder() throws IOException {
            if (builder == null) {
                builder = WorkerClient.connect(
                        Connection.to(socket), new StoreDir(System.getenv("NIX_STORE_DIR")), Timeouts.DEFAULT);
                builder.setLog(log);
                builder.setOptions(options);
            }
            return builder;
        }
    }
}
