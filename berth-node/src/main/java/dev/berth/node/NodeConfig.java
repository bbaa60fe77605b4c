package dev.berth.node;

import dev.berth.nix.PublicKey;
import dev.berth.node.expression.ExpressionConfig;
import dev.berth.node.garbage.GarbageConfig;
import dev.berth.node.kubelet.KubeletConfig;
import dev.berth.node.policy.PolicyConfig;
import dev.berth.store.StoreSettings;
import dev.berth.store.config.HostPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * All that a node agent is told. Immutable; made by {@link #of} and the {@code with} methods.
 *
 * @param root the root of the agent's store, absolute: store paths lie in {@code <root>/nix/store}, the agent's own state
 *     in {@code <root>/nix/var/berth}; one agent at a time
 * @param sockets where to serve which CSI driver name, absolute paths; an agent needs at least one
 * @param nodeId the name of this node, 1 to 256 characters
 * @param system the Nix system of this node, such as {@code x86_64-linux}
 * @param substituters URIs of the stores to fetch missing paths from, in the order of asking; empty means that everything
 *     must be in the store already
 * @param trustedPublicKeys the keys of which one must have signed a fetched path that is not content-addressed
 * @param verifyStorePaths whether the content of every path is hashed again before a volume shows it; fetched paths are
 *     hashed in any case
 * @param fetchTimeout how long evaluating and fetching for a volume may take in all, unless the volume says otherwise; it
 *     goes on while the calls that wait for it time out and are made again
 * @param callTimeout the deadline of calls that bring none
 * @param presentation how volumes are shown
 * @param substituting how to talk to substituters
 * @param kubelet the kubelet to register with, if any; its sockets are among {@code sockets} then
 * @param metrics where to show figures and health over HTTP, if anywhere
 * @param fetching how much is fetched at once, and how substituters are watched
 * @param expressions how expressions are evaluated; empty if they are not
 * @param policy who may mount what; without, everybody may mount what the agent trusts
 * @param garbage what the store keeps; without, nothing is ever collected
 * @param apiServer the API server that is asked for pods and told events, if any
 * @param nri how containers get closures without a volume, if at all
 */
public record NodeConfig(
        Path root,
        Map<String, Path> sockets,
        String nodeId,
        String system,
        List<String> substituters,
        List<PublicKey> trustedPublicKeys,
        boolean verifyStorePaths,
        Duration fetchTimeout,
        Duration callTimeout,
        PresentationChoice presentation,
        StoreSettings substituting,
        Optional<KubeletConfig> kubelet,
        Optional<HostPort> metrics,
        FetchLimits fetching,
        Optional<ExpressionConfig> expressions,
        Optional<PolicyConfig> policy,
        Optional<GarbageConfig> garbage,
        Optional<ApiServerConfig> apiServer,
        Optional<NriSettings> nri) {
    /** The driver name of Berth. */
    public static final String DRIVER = "csi.berth.dev";

    /** The driver names served: Berth's own, and those of the tools that came before it. */
    public static final List<String> DRIVERS = List.of(DRIVER, "nixkube", "nix.csi.store");

    private static final int MAX_NODE_ID = 256;

    /** @throws IllegalArgumentException if a value is out of range; one line for the user */
    public NodeConfig {
        require(root.isAbsolute(), "the root " + root + " is not an absolute path");
        sockets.values().forEach(path -> require(path.isAbsolute(), "the CSI socket " + path + " is no absolute path"));
        require(
                !nodeId.isEmpty() && nodeId.length() <= MAX_NODE_ID,
                "the node id has " + nodeId.length() + " characters, not 1 to " + MAX_NODE_ID);
        require(!system.isEmpty(), "the system is empty");
        require(fetchTimeout.isPositive() && callTimeout.isPositive(), "a timeout is not positive");
        root = root.normalize();
        sockets = Map.copyOf(sockets);
        substituters = List.copyOf(substituters);
        trustedPublicKeys = List.copyOf(trustedPublicKeys);
    }

    /** An agent on the store at a root, without sockets and substituters: what it is when nothing else is said. */
    public static NodeConfig at(Path root) {
        Draft draft = new Draft(root);
        return draft.build();
    }

    /** An agent on the store at a root with one socket, without substituters. */
    public static NodeConfig of(Path root, Path socket) {
        return at(root).withSockets(Map.of(DRIVER, socket));
    }

    /** The Nix system of the machine that this runs on. */
    public static String thisSystem() {
        String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return switch (arch) {
            case "amd64", "x86_64" -> "x86_64-linux";
            case "aarch64", "arm64" -> "aarch64-linux";
            default -> arch + "-linux";
        };
    }

    /** With a socket for each {@linkplain #DRIVERS driver name}: {@code <dir>/<driver>/csi.sock}. */
    public NodeConfig withPluginDir(Path dir) {
        Map<String, Path> all = new LinkedHashMap<>();
        DRIVERS.forEach(driver -> all.put(driver, dir.resolve(driver).resolve("csi.sock")));
        return withSockets(all);
    }

    /** With other sockets. */
    public NodeConfig withSockets(Map<String, Path> driversToSockets) {
        return with(draft -> draft.sockets = driversToSockets);
    }

    /** With a kubelet to register with, and its sockets instead of those before. */
    public NodeConfig withKubelet(KubeletConfig config) {
        return with(draft -> {
            draft.kubelet = Optional.of(config);
            draft.sockets = config.sockets();
        });
    }

    /** With another root. */
    public NodeConfig withRoot(Path other) {
        return with(draft -> draft.root = other);
    }

    /** With another node id. */
    public NodeConfig withNodeId(String id) {
        return with(draft -> draft.nodeId = id);
    }

    /** With another system than this machine's. */
    public NodeConfig withSystem(String other) {
        return with(draft -> draft.system = other);
    }

    /** With these stores to fetch from, and the keys that are trusted. */
    public NodeConfig withSubstituters(List<String> uris, List<PublicKey> keys) {
        return with(draft -> {
            draft.substituters = uris;
            draft.trustedPublicKeys = keys;
        });
    }

    /** With this way to talk to substituters. */
    public NodeConfig withSubstituting(StoreSettings settings) {
        return with(draft -> draft.substituting = settings);
    }

    /** With the check of every path's content before it is mounted, or without. */
    public NodeConfig withVerifyStorePaths(boolean verify) {
        return with(draft -> draft.verifyStorePaths = verify);
    }

    /** With other deadlines. */
    public NodeConfig withTimeouts(Duration fetch, Duration call) {
        return with(draft -> {
            draft.fetchTimeout = fetch;
            draft.callTimeout = call;
        });
    }

    /** With this way to show volumes. */
    public NodeConfig withPresentation(PresentationChoice choice) {
        return with(draft -> draft.presentation = choice);
    }

    /** With figures and health shown at an address. */
    public NodeConfig withMetrics(HostPort address) {
        return with(draft -> draft.metrics = Optional.of(address));
    }

    /** With other limits of fetching. */
    public NodeConfig withFetching(FetchLimits limits) {
        return with(draft -> draft.fetching = limits);
    }

    /** Evaluating expressions in this way. */
    public NodeConfig withExpressions(ExpressionConfig evaluation) {
        return with(draft -> draft.expressions = Optional.of(evaluation));
    }

    /** With a policy that says who may mount what. */
    public NodeConfig withPolicy(PolicyConfig said) {
        return with(draft -> draft.policy = Optional.of(said));
    }

    /** With collections of what nobody used for long. */
    public NodeConfig withGarbage(GarbageConfig said) {
        return with(draft -> draft.garbage = Optional.of(said));
    }

    /** With an API server to ask and to tell, or without. */
    public NodeConfig withApiServer(Optional<ApiServerConfig> server) {
        return with(draft -> draft.apiServer = server);
    }

    /** With closures for containers that have no volume. */
    public NodeConfig withNri(NriSettings settings) {
        return with(draft -> draft.nri = Optional.of(settings));
    }

    private NodeConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.build();
    }

    /** A configuration that is being made: what a component is called, and what it is unless it is told. */
    private static final class Draft {
        private Path root;
        private Map<String, Path> sockets = Map.of();
        private String nodeId = "localhost";
        private String system = thisSystem();
        private List<String> substituters = List.of();
        private List<PublicKey> trustedPublicKeys = List.of();
        private boolean verifyStorePaths;
        private Duration fetchTimeout = Duration.ofMinutes(30);
        private Duration callTimeout = Duration.ofMinutes(2);
        private PresentationChoice presentation = PresentationChoice.AUTO;
        private StoreSettings substituting = StoreSettings.DEFAULT;
        private Optional<KubeletConfig> kubelet = Optional.empty();
        private Optional<HostPort> metrics = Optional.empty();
        private FetchLimits fetching = FetchLimits.DEFAULT;
        private Optional<ExpressionConfig> expressions = Optional.empty();
        private Optional<PolicyConfig> policy = Optional.empty();
        private Optional<GarbageConfig> garbage = Optional.empty();
        private Optional<ApiServerConfig> apiServer = Optional.empty();
        private Optional<NriSettings> nri = Optional.empty();

        Draft(Path root) {
            this.root = root;
        }

        Draft(NodeConfig config) {
            root = config.root;
            sockets = config.sockets;
            nodeId = config.nodeId;
            system = config.system;
            substituters = config.substituters;
            trustedPublicKeys = config.trustedPublicKeys;
            verifyStorePaths = config.verifyStorePaths;
            fetchTimeout = config.fetchTimeout;
            callTimeout = config.callTimeout;
            presentation = config.presentation;
            substituting = config.substituting;
            kubelet = config.kubelet;
            metrics = config.metrics;
            fetching = config.fetching;
            expressions = config.expressions;
            policy = config.policy;
            garbage = config.garbage;
            apiServer = config.apiServer;
            nri = config.nri;
        }

        NodeConfig build() {
            return new NodeConfig(
                    root,
                    sockets,
                    nodeId,
                    system,
                    substituters,
                    trustedPublicKeys,
                    verifyStorePaths,
                    fetchTimeout,
                    callTimeout,
                    presentation,
                    substituting,
                    kubelet,
                    metrics,
                    fetching,
                    expressions,
                    policy,
                    garbage,
                    apiServer,
                    nri);
        }
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
