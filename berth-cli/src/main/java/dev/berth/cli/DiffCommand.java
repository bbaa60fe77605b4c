package dev.berth.cli;

import dev.berth.cli.store.Json;
import dev.berth.deploy.apply.Deployment;
import dev.berth.deploy.apply.Plan;
import dev.berth.deploy.apply.PlanJson;
import dev.berth.deploy.apply.PlanText;
import dev.berth.deploy.apply.Planner;
import dev.berth.kubernetes.Cluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth diff}. */
@Command(
        name = "diff",
        description = {
            "Show what deploying a manifest would change in a cluster. The API server itself says so, by dry runs; nothing is"
                    + " changed.",
            "Exit code 1 if something can't be applied; with --exit-code also if there is anything to change. See docs/deploy.md."
        },
        mixinStandardHelpOptions = true)
final class DiffCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "FILE", description = "A manifest: .nix, .json or .yaml.")
    private Optional<Path> file = Optional.empty();

    @Mixin
    private ManifestOptions manifest = new ManifestOptions();

    @Mixin
    private ClusterOptions address = new ClusterOptions();

    @Mixin
    private DeploymentOptions options = new DeploymentOptions();

    @Mixin
    private PolicyOptions policy = new PolicyOptions();

    @Option(names = "--full", description = "Show new objects whole.")
    private boolean full;

    @Option(names = "--exit-code", description = "Exit with 1 if there is anything to change.")
    private boolean exitCode;

    @Option(names = "--json", description = "Print the differences as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        try (Cluster cluster = address.connect()) {
            Deployment deployment =
                    options.of(manifest.renderForCluster(file, ManifestOptions.nixStore()), policy.policy(false));
            Plan plan = new Planner(cluster, line -> spec.commandLine().getErr().println("berth: " + line))
                    .plan(deployment);
            if (json) {
                Json.print(spec, object -> object.setAll(PlanJson.of(plan)));
            } else {
                new PlanText(spec.commandLine().getOut()::println, Terminal.onStandardOutput(), full).print(plan);
            }
            boolean failed = !plan.refused().isEmpty() || (exitCode && plan.changesAnything());
            return failed ? Failures.FAILED : Failures.DONE;
        }
    }
}
