package dev.berth.node.config;

import dev.berth.node.ApiServerConfig;
import dev.berth.node.NodeConfig;
import dev.berth.node.PresentationChoice;
import dev.berth.node.garbage.GarbageConfig;
import dev.berth.node.kubelet.KubeletConfig;
import dev.berth.store.config.ConfigException;
import dev.berth.store.config.HostPort;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Environment variables that say what the configuration file can say, by the names that node agents had before Berth:
 *
 * <table>
 * <caption>Variables</caption>
 * <tr><td>KUBE_NODE_NAME</td><td>{@code node-name}</td></tr>
 * <tr><td>ENABLE_COMPAT_DRIVER</td><td>{@code kubelet.compat}</td></tr>
 * <tr><td>VERIFY_STORE_PATHS</td><td>{@code verify-store-paths}</td></tr>
 * <tr><td>CSI_COMPOSEFS</td><td>{@code presentation}: auto or hardlink</td></tr>
 * <tr><td>GC_KEEP_SECONDS, GC_INTERVAL_SECONDS</td><td>{@code garbage.keep}, {@code garbage.interval}</td></tr>
 * <tr><td>METRICS_ENABLED, METRICS_ADDR, METRICS_PORT</td><td>{@code metrics}; 9099 on all addresses as a rule</td></tr>
 * <tr><td>KUBERNETES_SERVICE_HOST</td><td>{@code kubeconfig}: the cluster in which this is a pod</td></tr>
 * </table>
 *
 * An empty variable says nothing.
 */
public final class NodeEnvironment {
    private static final String METRICS_PORT = "9099";

    private final Map<String, String> variables;

    private NodeEnvironment(Map<String, String> variables) {
        this.variables = variables;
    }

    /**
     * Says what the variables say.
     *
     * @param config what the file said
     * @throws ConfigException if a variable's value can't be taken
     */
    public static NodeConfig applyTo(NodeConfig config, Map<String, String> variables) {
        return new NodeEnvironment(variables).change(config);
    }

    private NodeConfig change(NodeConfig before) {
        NodeConfig config = before;
        Optional<String> name = text("KUBE_NODE_NAME");
        if (name.isPresent()) {
            config = config.withNodeId(name.get());
        }
        Optional<Boolean> compat = flag("ENABLE_COMPAT_DRIVER");
        if (compat.isPresent() && config.kubelet().isPresent()) {
            config = config.withKubelet(new KubeletConfig(config.kubelet().get().dir(), compat.get()));
        }
        Optional<Boolean> verify = flag("VERIFY_STORE_PATHS");
        if (verify.isPresent()) {
            config = config.withVerifyStorePaths(verify.get());
        }
        Optional<Boolean> composefs = flag("CSI_COMPOSEFS");
        if (composefs.isPresent()) {
            config = config.withPresentation(composefs.get() ? PresentationChoice.AUTO : PresentationChoice.HARDLINK);
        }
        Optional<Duration> keep = seconds("GC_KEEP_SECONDS", 0);
        if (keep.isPresent()) {
            config = config.withGarbage(garbage(config).withKeep(keep.get()));
        }
        Optional<Duration> interval = seconds("GC_INTERVAL_SECONDS", 1);
        if (interval.isPresent()) {
            config = config.withGarbage(garbage(config).withInterval(interval.get()));
        }
        if (text("KUBERNETES_SERVICE_HOST").isPresent() && config.apiServer().isEmpty()) {
            config = config.withApiServer(Optional.of(ApiServerConfig.IN_CLUSTER));
        }
        return metrics(config);
    }

    private static GarbageConfig garbage(NodeConfig config) {
        return config.garbage().orElse(GarbageConfig.DEFAULT);
    }

    private Optional<Duration> seconds(String name, long least) {
        return text(name).map(value -> {
            if (!value.matches("[0-9]{1,9}") || Long.parseLong(value) < least) {
                throw new ConfigException(name + ": not a number of seconds from " + least + ": '" + value + "'");
            }
            return Duration.ofSeconds(Long.parseLong(value));
        });
    }

    private NodeConfig metrics(NodeConfig config) {
        Optional<String> port = text("METRICS_PORT");
        if (!flag("METRICS_ENABLED").orElse(port.isPresent())) {
            return config;
        }
        String host = text("METRICS_ADDR").orElse("");
        String shown = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        try {
            return config.withMetrics(HostPort.parse(shown + ":" + port.orElse(METRICS_PORT)));
        } catch (IllegalArgumentException e) {
            throw new ConfigException("METRICS_ADDR and METRICS_PORT: " + e.getMessage(), e);
        }
    }

    private Optional<String> text(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
    }

    private Optional<Boolean> flag(String name) {
        return text(name).map(value -> switch (value) {
            case "true", "True", "1" -> true;
            case "false", "False", "0" -> false;
            default -> throw new ConfigException(name + ": neither true nor false: '" + value + "'");
        });
    }
}
