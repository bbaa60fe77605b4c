package dev.berth.cli;

import dev.berth.nix.PublicKey;
import dev.berth.node.NodeAgent;
import dev.berth.node.NodeConfig;
import dev.berth.node.NriSettings;
import dev.berth.node.PresentationChoice;
import dev.berth.node.config.NodeEnvironment;
import dev.berth.node.config.NodeFile;
import dev.berth.node.expression.ExpressionConfig;
import dev.berth.node.garbage.GarbageConfig;
import dev.berth.node.kubelet.KubeletConfig;
import dev.berth.node.policy.PolicyConfig;
import dev.berth.store.config.HostPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code berth node}. */
@Command(
        name = "node",
        description = {
            "Run the node agent: it serves CSI on unix sockets and publishes volumes of store paths.",
            "Missing paths are fetched from the substituters, in order; each must be content-addressed or signed by a trusted"
                    + " key. Runs until it is stopped by SIGTERM or SIGINT; volumes stay mounted then.",
            "Options win over environment variables, and these over the configuration file; docs/node.md describes both."
        },
        mixinStandardHelpOptions = true)
final class NodeCommand implements Callable<Integer> {
    /** No store can lie here: the store of a node is not the root of its file system. */
    private static final Path UNKNOWN = Path.of("/");

    private static final NodeConfig DEFAULTS = NodeConfig.at(UNKNOWN).withGarbage(GarbageConfig.DEFAULT);

    @Option(
            names = "--root",
            paramLabel = "DIR",
            description = "The agent's store: its files are in DIR/nix/store, its own state in DIR/nix/var/berth.")
    private Optional<Path> root = Optional.empty();

    /** Where to serve. */
    static final class Sockets {
        @Option(
                names = "--kubelet-dir",
                paramLabel = "DIR",
                description =
                        "Serve csi.berth.dev, nixkube and nix.csi.store on DIR/plugins/<driver>/csi.sock, and register"
                                + " them with the kubelet of this root directory, /var/lib/kubelet as a rule.")
        private Optional<Path> kubeletDir = Optional.empty();

        @Option(
                names = "--csi-socket",
                paramLabel = "PATH",
                description = "Serve the driver csi.berth.dev on this socket.")
        private Optional<Path> socket = Optional.empty();

        @Option(
                names = "--plugin-dir",
                paramLabel = "DIR",
                description = "Serve csi.berth.dev, nixkube and nix.csi.store on DIR/<driver>/csi.sock.")
        private Optional<Path> pluginDir = Optional.empty();

        NodeConfig applyTo(NodeConfig config) {
            if (kubeletDir.isPresent()) {
                return config.withKubelet(new KubeletConfig(
                        absolute(kubeletDir.get()),
                        config.kubelet().map(KubeletConfig::compat).orElse(true)));
            }
            if (pluginDir.isPresent()) {
                return config.withPluginDir(absolute(pluginDir.get()));
            }
            return socket.map(path -> config.withSockets(Map.of(NodeConfig.DRIVER, absolute(path))))
                    .orElse(config);
        }
    }

    @ArgGroup(multiplicity = "0..1")
    private Sockets sockets = new Sockets();

    @Option(
            names = "--no-compat",
            description =
                    "With --kubelet-dir: serve csi.berth.dev alone, not the older names nixkube and nix.csi.store.")
    private boolean noCompat;

    @Option(
            names = "--substituters",
            split = "[, ]+",
            splitSynopsisLabel = ",",
            paramLabel = "URI",
            description = "Stores to fetch missing paths from, comma between.")
    private List<String> substituters = List.of();

    @Option(
            names = "--trusted-public-keys",
            split = "[, ]+",
            splitSynopsisLabel = ",",
            paramLabel = "KEY",
            description = "Keys by which fetched paths may be signed, NAME:BASE64, comma between.")
    private List<String> trustedKeys = List.of();

    @Option(
            names = {"--node-name", "--node-id"},
            paramLabel = "NAME",
            description = "The name of this node, as the cluster has it; else KUBE_NODE_NAME, else the host's name.")
    private Optional<String> nodeName = Optional.empty();

    @Option(
            names = "--presentation",
            paramLabel = "auto|composefs|hardlink",
            description = "How volumes are shown; auto takes composefs where it works, else trees of hard links.")
    private Optional<PresentationChoice> presentation = Optional.empty();

    @Option(names = "--verify-store-paths", description = "Hash every path again before a volume shows it.")
    private boolean verify;

    @Option(
            names = "--fetch-timeout",
            paramLabel = "SECONDS",
            description = "How long evaluating and fetching for one volume may take, unless the volume says otherwise.")
    private Optional<Integer> fetchTimeout = Optional.empty();

    @Option(
            names = "--nix",
            paramLabel = "PATH",
            description =
                    "Evaluate and build the volume attributes flakeRef and nixExpr by this nix program, in the agent's own"
                            + " store; without it they are refused. Whoever can make pods can then have code of their own"
                            + " evaluated by the agent.")
    private Optional<String> nix = Optional.empty();

    @Option(
            names = "--nix-builder",
            paramLabel = "URI",
            description = "With --nix: build in this store, such as ssh-ng://HOST, and fetch what was built from it.")
    private Optional<String> nixBuilder = Optional.empty();

    @Option(
            names = "--metrics",
            paramLabel = "HOST:PORT",
            description =
                    "Show /metrics, /healthz and /readyz over HTTP on an address; :PORT for all of this machine's.")
    private Optional<String> metrics = Optional.empty();

    @Option(
            names = "--policy",
            paramLabel = "PATH",
            description = "Who may mount what, by namespace: a file, or a directory as a ConfigMap is mounted"
                    + " (docs/node-policy.md).")
    private Optional<Path> policy = Optional.empty();

    @Mixin
    private GarbageOptions garbage = new GarbageOptions();

    @Option(
            names = "--log-format",
            paramLabel = "text|json",
            description = "How log lines are written; json: an object a line, with pod, volume and path.")
    private Optional<LogFormat> logFormat = Optional.empty();

    private enum LogFormat {
        TEXT,
        JSON
    }

    @Mixin
    private ApiServerOptions apiServer = new ApiServerOptions();

    @Option(
            names = "--nri-socket",
            paramLabel = "PATH",
            description =
                    "Give closures to containers without volumes, too, as a plugin of the container runtime at this socket,"
                            + " /var/run/nri/nri.sock as a rule; docs/nri.md.")
    private Optional<Path> nriSocket = Optional.empty();

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration file, YAML.")
    private Optional<Path> file = Optional.empty();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        NodeFile said = file.map(NodeFile::read).orElse(NodeFile.EMPTY);
        Logging.change(
                logFormat.map(format -> format.name().toLowerCase(Locale.ROOT)).or(said::logFormat), said.logLevel());
        NodeConfig config = config(said);
        NodeAgent agent = NodeAgent.start(config);
        Service.runUntilStopped(
                List.of(agent),
                spec,
                config.sockets().entrySet().stream()
                        .map(socket -> "serving CSI driver " + socket.getKey() + " on " + socket.getValue())
                        .toArray(String[]::new));
        return Failures.DONE;
    }

    /** Options win over the environment, and that over the file. */
    private NodeConfig config(NodeFile said) {
        NodeConfig config = NodeEnvironment.applyTo(said.applyTo(DEFAULTS.withNodeId(hostName())), System.getenv());
        try {
            config = root.isPresent() ? config.withRoot(absolute(root.get())) : config;
            config = sockets.applyTo(config);
            if (noCompat && config.kubelet().isPresent()) {
                config = config.withKubelet(
                        new KubeletConfig(config.kubelet().get().dir(), false));
            }
            config = config.withSubstituters(
                    substituters.isEmpty() ? config.substituters() : substituters,
                    trustedKeys.isEmpty()
                            ? config.trustedPublicKeys()
                            : trustedKeys.stream().map(PublicKey::parse).toList());
            config = nodeName.isPresent() ? config.withNodeId(nodeName.get()) : config;
            config = presentation.isPresent() ? config.withPresentation(presentation.get()) : config;
            config = verify ? config.withVerifyStorePaths(true) : config;
            config = policy.isPresent() ? config.withPolicy(PolicyConfig.of(absolute(policy.get()))) : config;
            config = config.withGarbage(garbage.applyTo(config.garbage().orElse(GarbageConfig.DEFAULT)));
            config = fetchTimeout.isPresent()
                    ? config.withTimeouts(Duration.ofSeconds(fetchTimeout.get()), config.callTimeout())
                    : config;
            config = evaluating(config);
            if (nriSocket.isPresent()) {
                Path socket = absolute(nriSocket.get());
                config = config.withNri(config.nri()
                        .map(settings -> settings.withSocket(socket))
                        .orElseGet(() -> NriSettings.of(socket)));
            }
            config = metrics.isPresent() ? config.withMetrics(HostPort.parse(metrics.get())) : config;
            config = apiServer.applyTo(config);
        } catch (IllegalArgumentException e) {
            throw usage(Failures.oneLine(e.getMessage()));
        }
        if (config.root().equals(UNKNOWN)) {
            throw usage("which store? Give --root DIR, or 'root:' in the configuration file");
        }
        if (config.sockets().isEmpty()) {
            throw usage("served where? Give --kubelet-dir DIR, --csi-socket PATH or --plugin-dir DIR");
        }
        return config;
    }

    private NodeConfig evaluating(NodeConfig config) {
        NodeConfig told = nix.isPresent() ? config.withExpressions(ExpressionConfig.of(nix.get())) : config;
        if (nixBuilder.isEmpty()) {
            return told;
        }
        return told.withExpressions(told.expressions()
                .orElseThrow(() -> usage("--nix-builder needs --nix PATH"))
                .withBuilder(nixBuilder.get()));
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    private static String hostName() {
        String name = System.getenv("HOSTNAME");
        if (name != null && !name.isEmpty()) {
            return name;
        }
        try {
            return java.nio.file.Files.readString(Path.of("/proc/sys/kernel/hostname"))
                    .strip();
        } catch (java.io.IOException e) {
            return "localhost";
        }
    }
}
