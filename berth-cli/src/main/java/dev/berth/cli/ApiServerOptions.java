package dev.berth.cli;

import dev.berth.node.ApiServerConfig;
import dev.berth.node.NodeConfig;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which API server the node agent asks for pods and tells events, if any. */
final class ApiServerOptions {
    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description =
                    "How to reach the API server that is asked for pods and told events; in a pod its service account"
                            + " says it.")
    private Optional<Path> kubeconfig = Optional.empty();

    @Option(
            names = "--context",
            paramLabel = "NAME",
            description = "The context in the kubeconfig; else its current one.")
    private Optional<String> context = Optional.empty();

    @Option(
            names = "--no-api-server",
            description = "Ask and tell no API server, not in a pod either: volumes show what their attributes name.")
    private boolean none;

    NodeConfig applyTo(NodeConfig config) {
        if (none) {
            return config.withApiServer(Optional.empty());
        }
        return kubeconfig.isPresent() || context.isPresent()
                ? config.withApiServer(Optional.of(new ApiServerConfig(
                        kubeconfig.map(file -> file.toAbsolutePath().normalize()), context)))
                : config;
    }
}
