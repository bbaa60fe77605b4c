package dev.berth.cli;

import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterAddress;
import dev.berth.kubernetes.ClusterException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which cluster a command is about. */
final class ClusterOptions {
    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = "The kubeconfig; else $KUBECONFIG, ~/.kube/config, or a pod's own service account.")
    private Optional<Path> kubeconfig = Optional.empty();

    @Option(names = "--context", paramLabel = "NAME", description = "The context in it; else its current one.")
    private Optional<String> context = Optional.empty();

    @Option(
            names = "--confirm-context",
            paramLabel = "NAME",
            description = "Go on only if this is the context: a fence for scripts.")
    private Optional<String> confirmed = Optional.empty();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    /** Connects. @throws ParameterException if it is not the confirmed context */
    Cluster connect() throws ClusterException {
        Cluster cluster = Cluster.connect(new ClusterAddress(kubeconfig, context));
        if (confirmed.isPresent() && !confirmed.get().equals(cluster.context())) {
            String actual = cluster.context();
            cluster.close();
            throw new ParameterException(
                    spec.commandLine(),
                    "the context is '" + actual + "', not '" + confirmed.get() + "': nothing was asked of the cluster");
        }
        return cluster;
    }
}
