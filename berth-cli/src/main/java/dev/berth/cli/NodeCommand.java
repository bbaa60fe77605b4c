package dev.berth.cli;

import dev.berth.nix.PublicKey;
import dev.berth.node.NodeAgent;
import dev.berth.node.NodeConfig;
import dev.berth.node.PresentationChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
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
                    + " key. Runs until it is stopped by SIGTERM or SIGINT; volumes stay mounted then."
        },
        mixinStandardHelpOptions = true)
final class NodeCommand implements Callable<Integer> {
    @Option(
            names = "--root",
            required = true,
            paramLabel = "DIR",
            description = "The agent's store: its files are in DIR/nix/store, its own state in DIR/nix/var/berth.")
    private Path root = Path.of("");

    /** Where to serve. */
    static final class Sockets {
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
    }

    @ArgGroup(multiplicity = "1")
    private Sockets sockets = new Sockets();

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

    @Option(names = "--node-id", paramLabel = "NAME", description = "The name of this node; else the host's name.")
    private Optional<String> nodeId = Optional.empty();

    @Option(
            names = "--presentation",
            paramLabel = "auto|composefs|hardlink",
            description = "How volumes are shown; auto takes composefs where it works, else trees of hard links.")
    private PresentationChoice presentation = PresentationChoice.AUTO;

    @Option(names = "--verify-store-paths", description = "Hash every path again before a volume shows it.")
    private boolean verify;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        NodeConfig config = config();
        NodeAgent agent = NodeAgent.start(config);
        Service.runUntilStopped(
                List.of(agent),
                spec,
                config.sockets().entrySet().stream()
                        .map(socket -> "serving CSI driver " + socket.getKey() + " on " + socket.getValue())
                        .toArray(String[]::new));
        return Failures.DONE;
    }

    private NodeConfig config() {
        try {
            Path absolute = root.toAbsolutePath().normalize();
            NodeConfig config = sockets.pluginDir.isPresent()
                    ? NodeConfig.of(absolute, absolute)
                            .withPluginDir(
                                    sockets.pluginDir.get().toAbsolutePath().normalize())
                    : NodeConfig.of(
                            absolute,
                            sockets.socket.orElseThrow().toAbsolutePath().normalize());
            return config.withNodeId(nodeId.orElseGet(NodeCommand::hostName))
                    .withSubstituters(
                            substituters,
                            trustedKeys.stream().map(PublicKey::parse).toList())
                    .withVerifyStorePaths(verify)
                    .withPresentation(presentation);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), Failures.oneLine(e.getMessage()), e);
        }
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
