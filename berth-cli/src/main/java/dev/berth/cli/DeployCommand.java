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
import dev.berth.deploy.push.LocalScripts;
import dev.berth.deploy.render.NixStore;
import dev.berth.deploy.render.Rendered;
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

/** {@code berth deploy}. */
@Command(
        name = "deploy",
        description = {
            "Bring a manifest to a cluster: push the closures that it names, show what would change, ask, apply in the order of"
                    + " kinds, wait until everything is ready.",
            "If something can't be applied, that is said and nothing is. See docs/deploy.md."
        },
        mixinStandardHelpOptions = true)
final class DeployCommand implements Callable<Integer> {
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

    @Mixin
    private Question question = new Question();

    @Mixin
    private CacheOptions caches = new CacheOptions();

    @Option(names = "--dry-run", description = "Push nothing, change nothing: only show what would change.")
    private boolean dryRun;

    @Option(names = "--no-wait", description = "Do not wait until the objects are ready, or gone.")
    private boolean noWait;

    @Option(names = "--full", description = "Show new objects whole.")
    private boolean full;

    @Option(
            names = "--json",
            description = "Print what is to change and what was done as JSON; needs --yes or --dry-run.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (!dryRun) {
            question.mustBePossible();
        }
        DeployConsole console = new DeployConsole(spec);
        try (Cluster cluster = address.connect()) {
            cluster.discovery(); // a cluster that can't be asked is no reason to build and push
            NixStore nixStore = ManifestOptions.nixStore();
            Rendered rendered = manifest.renderForCluster(file, nixStore);
            Deployment deployment = options.of(rendered, policy.policy(!noWait));
            if (dryRun) {
                return deploy(cluster, deployment, console);
            }
            try (LocalScripts scripts = new LocalScripts(rendered)) {
                caches.prepare(rendered, scripts, nixStore);
                int exitCode = deploy(cluster, deployment, console);
                if (exitCode == Failures.DONE) {
                    scripts.afterDeploy();
                }
                return exitCode;
            }
        }
    }

    private int deploy(Cluster cluster, Deployment deployment, DeployConsole console) throws IOException {
        Plan plan = new Planner(cluster, console::says).plan(deployment);
        if (!json) {
            new PlanText(spec.commandLine().getOut()::println, Terminal.onStandardOutput(), full).print(plan);
        }
        Optional<DeployReport> report = Optional.empty();
        int exitCode = plan.refused().isEmpty() ? Failures.DONE : Failures.FAILED;
        if (exitCode != Failures.DONE) {
            console.says("nothing was changed, as not all of it can be applied");
        } else if (!dryRun) {
            if (plan.changesAnything() && !question.goOn("Apply to " + cluster.context() + "?")) {
                return console.nothingDone();
            }
            DeployReport done = new Applier(cluster, console, console).apply(plan);
            exitCode = console.end(done);
            report = Optional.of(done);
        }
        if (json) {
            ObjectNode printed = PlanJson.of(plan);
            report.ifPresent(done -> printed.set("report", PlanJson.of(done)));
            Json.print(spec, object -> object.setAll(printed));
        }
        return exitCode;
    }
}
