package dev.berth.cli;

import dev.berth.deploy.apply.DeployProgress;
import dev.berth.deploy.apply.DeployReport;
import dev.berth.deploy.apply.Outcome;
import dev.berth.deploy.apply.PlanJson;
import dev.berth.deploy.cluster.ObjectKey;
import dev.berth.deploy.wait.FailureReport;
import dev.berth.deploy.wait.Progress;
import dev.berth.deploy.wait.Readiness;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** Tells on standard error how a deployment goes on and how it ended. */
final class DeployConsole implements DeployProgress, Progress {
    private final CommandSpec spec;

    DeployConsole(CommandSpec spec) {
        this.spec = spec;
    }

    @Override
    public void did(Outcome outcome) {
        line(PlanJson.word(outcome.result()) + " " + outcome.key()
                + (outcome.detail().isEmpty() ? "" : ": " + outcome.detail()));
    }

    @Override
    public void says(String line) {
        line("berth: " + line);
    }

    @Override
    public void waitsFor(Collection<ObjectKey> objects) {
        says("waiting for " + objects.size() + (objects.size() == 1 ? " object" : " objects") + " to be ready");
    }

    @Override
    public void changed(ObjectKey object, Readiness now) {
        line(
                switch (now) {
                    case Readiness.Ready _ -> "ready " + object;
                    case Readiness.Waiting(String why) -> "waiting " + object + ": " + why;
                    case Readiness.Troubled(String why) -> "troubled " + object + ": " + why;
                    case Readiness.Failed(String why) -> "failed " + object + ": " + why;
                });
    }

    @Override
    public void reports(FailureReport report) {
        line("about " + report.object() + ":");
        report.lines().forEach(this::indented);
    }

    private synchronized void indented(String line) {
        spec.commandLine().getErr().println("  " + line);
    }

    private synchronized void line(String text) {
        spec.commandLine().getErr().println(Failures.oneLine(text));
    }

    /** Says that the user did not want it. */
    int nothingDone() {
        says("nothing was changed");
        return Failures.FAILED;
    }

    /** Says how it ended, and gives the exit code. */
    int end(DeployReport report) {
        List<String> open = report.outcomes().stream()
                .filter(outcome -> outcome.result() == Outcome.Result.NOT_DONE)
                .map(outcome -> outcome.key().toString())
                .toList();
        if (!open.isEmpty()) {
            says("not done: " + String.join(", ", open.subList(0, Math.min(20, open.size())))
                    + (open.size() > 20 ? " and " + (open.size() - 20) + " more" : ""));
        }
        String counts = Arrays.stream(Outcome.Result.values())
                .filter(result -> report.count(result) > 0)
                .map(result -> report.count(result) + " " + PlanJson.word(result))
                .collect(Collectors.joining(", "));
        says(report.problem()
                .map(problem -> problem + "; " + counts + "; deploying again goes on from there")
                .orElse(counts));
        return report.complete() ? Failures.DONE : Failures.FAILED;
    }
}
