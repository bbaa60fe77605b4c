package dev.berth.cli;

import dev.berth.deploy.apply.DeployProgress;
import dev.berth.deploy.apply.DeployReport;
import dev.berth.deploy.apply.Outcome;
import dev.berth.deploy.apply.PlanJson;
import dev.berth.deploy.wait.Deadline;
import dev.berth.deploy.wait.FailureReport;
import dev.berth.deploy.wait.Progress;
import dev.berth.deploy.wait.Readiness;
import dev.berth.kubernetes.ObjectKey;
import dev.berth.linux.TerminalSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Tells on standard error how a deployment goes on and how it ended: on a terminal with a table of what is waited for, else by
 * lines alone.
 */
final class DeployConsole implements DeployProgress, Progress {
    private static final TerminalSize UNKNOWN = new TerminalSize(80, 24);

    /** In a log, how often it is told that one object only counts on. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /**
     * What the log said of an object last.
     *
     * @param words without the numbers in it
     * @param until how long the same words with other numbers are not said
     */
    private record Told(String words, Deadline until) {}

    private final CommandSpec spec;
    private final Optional<LiveTable> table;
    private final Map<ObjectKey, Told> told = new HashMap<>();

    DeployConsole(CommandSpec spec) {
        this.spec = spec;
        this.table = Terminal.onStandardError()
                ? Optional.of(new LiveTable(
                        spec.commandLine().getErr(), () -> TerminalSize.of(2).orElse(UNKNOWN)))
                : Optional.empty();
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
        table.ifPresentOrElse(
                shown -> shown.begin(objects),
                () -> says("waiting for " + objects.size() + (objects.size() == 1 ? " object" : " objects")
                        + " to be ready"));
    }

    @Override
    public void changed(ObjectKey object, Readiness now) {
        table.ifPresentOrElse(shown -> shown.set(object, now), () -> log(object, now));
    }

    private synchronized void log(ObjectKey object, Readiness now) {
        String text = now.word() + " " + object + (now instanceof Readiness.Ready ? "" : ": " + now.why());
        String words = text.replaceAll("[0-9]+", "");
        Told last = told.get(object);
        if (last == null || !last.words().equals(words) || last.until().over()) {
            told.put(object, new Told(words, Deadline.in(PATIENCE)));
            line(text);
        }
    }

    @Override
    public void reports(FailureReport report) {
        List<String> lines = new ArrayList<>();
        lines.add("about " + report.object() + ":");
        report.lines().forEach(line -> lines.add("  " + line));
        print(lines);
    }

    private void line(String text) {
        print(List.of(Failures.oneLine(text)));
    }

    private synchronized void print(List<String> lines) {
        table.ifPresentOrElse(
                shown -> shown.print(lines),
                () -> lines.forEach(line -> spec.commandLine().getErr().println(line)));
    }

    /** Says that the user did not want it. */
    int nothingDone() {
        says("nothing was changed");
        return Failures.FAILED;
    }

    /** Says how it ended, and gives the exit code. */
    int end(DeployReport report) {
        table.ifPresent(LiveTable::end);
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
        boolean idle = report.outcomes().stream()
                .allMatch(outcome ->
                        outcome.result() == Outcome.Result.UNCHANGED || outcome.result() == Outcome.Result.IGNORED);
        says(report.problem()
                .map(problem -> problem + "; " + counts + "; deploying again goes on from there")
                .orElse(idle ? "nothing to change: " + counts : counts));
        return report.complete() ? Failures.DONE : Failures.FAILED;
    }
}
