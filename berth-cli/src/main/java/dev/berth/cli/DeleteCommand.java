package dev.berth.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.cli.store.Json;
import dev.berth.deploy.apply.Applier;
import dev.berth.deploy.apply.DeployReport;
import dev.berth.deploy.apply.Deployment;
import dev.berth.deploy.apply.Plan;
import dev.berth.deploy.apply.PlanJson;
import dev.berth.deploy.apply.PlanText;
import dev.berth.deploy.apply.Planner;
import dev.berth.kubernetes.Cluster;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code berth delete}. */
@Command(
        name = "delete",
        description = {
            "Delete all objects of a deployment, found by its discriminator, in the reverse of the order in which they are"
                    + " applied.",
            "What others own, or applied, or annotations protect, stays. See docs/deploy.md."
        },
        mixinStandardHelpOptions = true)
final class DeleteCommand implements Callable<Integer> {
    @Mixin
    private ClusterOptions address = new ClusterOptions();

    @Mixin
    private DeploymentOptions options = new DeploymentOptions();

    @Mixin
    private Question question = new Question();

    @Option(names = "--dry-run", description = "Only show what would be deleted.")
    private boolean dryRun;

    @Option(names = "--no-wait", description = "Do not wait until the objects are gone.")
    private boolean noWait;

    @Option(names = "--json", description = "Print what was done as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        Deployment deployment = options.ofNothing(new Deployment.Policy(false, false, false, !noWait));
        if (!dryRun) {
            question.mustBePossible();
        }
        try (Cluster cluster = address.connect()) {
            DeployConsole console = new DeployConsole(spec);
            Plan plan = new Planner(cluster, console::says).planRemoval(deployment);
            if (!json) {
                new PlanText(spec.commandLine().getOut()::println, Terminal.onStandardOutput(), false).print(plan);
            }
            boolean wanted = !dryRun
                    && plan.changesAnything()
                    && question.goOn(
                            "Delete these " + plan.removals().size() + " objects from " + cluster.context() + "?");
            if (!wanted) {
                if (json) {
                    Json.print(spec, object -> object.setAll(dryRun ? PlanJson.of(plan) : nothingDone(plan)));
                }
                return dryRun || !plan.changesAnything() ? Failures.DONE : console.nothingDone();
            }
            DeployReport report = new Applier(cluster, console, console).apply(plan);
            if (json) {
                Json.print(spec, object -> object.setAll(PlanJson.of(report)));
            }
            return console.end(report);
        }
    }

    /** Scripts read the same of a deletion whether there was something or not. */
    private static ObjectNode nothingDone(Plan plan) {
        return PlanJson.of(new DeployReport(
                List.of(), plan.changesAnything() ? Optional.of("nothing was changed") : Optional.empty()));
    }
}
