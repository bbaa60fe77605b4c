package dev.berth.kubernetes;

import static dev.berth.kubernetes.ClusterException.Kind.CONFIGURATION;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds out which cluster an address means, in the order of client-go. */
final class Locator {
    private final Map<String, String> environment;
    private final Path serviceAccount;

    /**
     * @param environment {@code KUBECONFIG}, {@code HOME}, and inside a pod {@code KUBERNETES_SERVICE_HOST} and {@code _PORT}
     * @param serviceAccount where a pod has its {@code token}, {@code ca.crt} and {@code namespace}
     */
    Locator(Map<String, String> environment, Path serviceAccount) {
        this.environment = environment;
        this.serviceAccount = serviceAccount;
    }

    static Locator ofThisProcess() {
        return new Locator(System.getenv(), Path.of("/var/run/secrets/kubernetes.io/serviceaccount"));
    }

    Access find(ClusterAddress address) throws ClusterException {
        if (address.kubeconfig().isPresent()) {
            Path file = address.kubeconfig().get();
            Kubeconfig config = Kubeconfig.read(List.of(file));
            if (config.isEmpty()) {
                throw new ClusterException(CONFIGURATION, file + ": there is no such kubeconfig");
            }
            return config.access(address.context());
        }
        String named = environment.getOrDefault("KUBECONFIG", "");
        Path home = Path.of(environment.getOrDefault("HOME", "/root"), ".kube", "config");
        List<Path> files = named.isEmpty()
                ? List.of(home)
                : Stream.of(named.split(":", -1))
                        .filter(file -> !file.isEmpty())
                        .map(Path::of)
                        .toList();
        Kubeconfig config = Kubeconfig.read(files);
        if (!config.isEmpty()) {
            return config.access(address.context());
        }
        if (named.isEmpty() && address.context().isEmpty() && environment.containsKey("KUBERNETES_SERVICE_HOST")) {
            return inCluster();
        }
        throw new ClusterException(
                CONFIGURATION,
                "no cluster is named: " + (named.isEmpty() ? home : "KUBECONFIG=" + named)
                        + " does not exist; name a kubeconfig by --kubeconfig or KUBECONFIG");
    }

    private Access inCluster() throws ClusterException {
        String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
        String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "443");
        try {
            URI server = URI.create("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
            Path namespace = serviceAccount.resolve("namespace");
            return new Access(
                    "in-cluster",
                    serviceAccount.toString(),
                    server,
                    Files.exists(namespace) ? Files.readString(namespace).strip() : "default",
                    Optional.of(Files.readAllBytes(serviceAccount.resolve("ca.crt"))),
                    false,
                    Optional.empty(),
                    Map.of(),
                    new Users.TokenFile(serviceAccount.resolve("token"), CertificateSource.NONE));
        } catch (IllegalArgumentException | IOException e) {
            throw new ClusterException(
                    CONFIGURATION,
                    "this pod's service account can't be used: " + Text.line(e.getMessage())
                            + ": mount its token, or name a kubeconfig by --kubeconfig",
                    e);
        }
    }
}
