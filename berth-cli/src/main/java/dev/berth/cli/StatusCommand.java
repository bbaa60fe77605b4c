package dev.berth.cli;

import dev.berth.cli.store.Json;
import dev.berth.deploy.apply.Deployment;
import dev.berth.deploy.apply.Status;
import dev.berth.kubernetes.Cluster;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code berth status}. */
@Command(
        name = "status",
        description =
                "Show the objects of a deployment, found by its discriminator, and whether they are ready. Exit code 1 if one"
                        + " is not, or if there is none.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private ClusterOptions address = new ClusterOptions();

    @Mixin
    private DeploymentOptions options = new DeploymentOptions();

    @Option(names = "--json", description = "Print the objects as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        Deployment deployment = options.ofNothing(Deployment.Policy.CAREFUL);
        PrintWriter err = spec.commandLine().getErr();
        try (Cluster cluster = address.connect()) {
            Status status = Status.of(cluster, deployment, line -> err.println("berth: " + line));
            if (json) {
                Json.print(spec, object -> object.setAll(status.toJson()));
            } else {
                show(status);
            }
            if (status.objects().isEmpty()) {
                err.println("berth: no object in " + cluster.context() + " has the discriminator "
                        + deployment.discriminator().orElseThrow());
            }
            return status.isReady() ? Failures.DONE : Failures.FAILED;
        }
    }

    private void show(Status status) {
        PrintWriter out = spec.commandLine().getOut();
        int width = status.objects().stream()
                .mapToInt(entry -> entry.key().toString().length())
                .max()
                .orElse(0);
        for (Status.Entry entry : status.objects()) {
            out.println(String.format(
                            "%-8s  %-" + Math.max(1, width) + "s  %s",
                            entry.readiness().word(),
                            entry.key(),
                            entry.readiness().why())
                    .stripTrailing());
        }
        status.notLooked().forEach(kinds -> spec.commandLine().getErr().println("berth: not looked at: " + kinds));
    }
}
