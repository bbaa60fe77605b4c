package dev.berth.cli.cache;

import dev.berth.cli.store.Json;
import dev.berth.store.usage.Sizes;
import dev.berth.store.usage.UsageCollector;
import dev.berth.store.usage.UsageStats;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code berth cache stats}. */
@Command(
        name = "stats",
        description = "Print what the store holds, and how long ago that was used.",
        mixinStandardHelpOptions = true)
final class StatsCommand implements Callable<Integer> {
    @Mixin
    private UsageOption usage = new UsageOption();

    @Option(names = "--json", description = "Print it as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        try (UsageOption.Opened opened = usage.open()) {
            UsageStats stats = UsageCollector.of(opened.store(), opened.database(), Optional.empty())
                    .stats();
            if (json) {
                print(stats);
            } else {
                show(stats);
            }
        }
        return 0;
    }

    private void show(UsageStats stats) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("paths        " + stats.paths() + ", " + Sizes.show(stats.bytes()));
        out.println("seen used    " + stats.seen());
        out.println("pins         " + stats.pins() + ", holding " + stats.pinned() + " paths");
        out.println("oldest use   " + ago(stats.oldest()));
        out.println("newest use   " + ago(stats.newest()));
        String from = "0 h";
        for (UsageStats.Age age : stats.ages()) {
            String to = age.upTo().map(StatsCommand::label).orElse("older");
            String bound = age.upTo().isPresent() ? from + " to " + to : to;
            out.printf("%-12s %d, %s%n", bound, age.paths(), Sizes.show(age.bytes()));
            from = to;
        }
    }

    private static String label(Duration time) {
        return time.toDays() > 0 ? time.toDays() + " d" : time.toHours() + " h";
    }

    private static String ago(Optional<Instant> time) {
        return time.map(then -> Sizes.show(Duration.between(then, Instant.now())) + " ago")
                .orElse("none");
    }

    private void print(UsageStats stats) {
        Json.stream(spec, out -> {
            out.writeStartObject();
            out.writeNumberField("paths", stats.paths());
            out.writeNumberField("bytes", stats.bytes());
            out.writeNumberField("seen", stats.seen());
            out.writeNumberField("pins", stats.pins());
            out.writeNumberField("pinned", stats.pinned());
            if (stats.oldest().isPresent() && stats.newest().isPresent()) {
                out.writeStringField("oldestUse", stats.oldest().get().toString());
                out.writeStringField("newestUse", stats.newest().get().toString());
            }
            out.writeArrayFieldStart("ages");
            for (UsageStats.Age age : stats.ages()) {
                out.writeStartObject();
                if (age.upTo().isPresent()) {
                    out.writeNumberField("upToSeconds", age.upTo().get().toSeconds());
                }
                out.writeNumberField("paths", age.paths());
                out.writeNumberField("bytes", age.bytes());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }
}
