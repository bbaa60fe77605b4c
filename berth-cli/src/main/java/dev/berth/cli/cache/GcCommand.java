package dev.berth.cli.cache;

import dev.berth.cli.store.Json;
import dev.berth.gateway.config.NixConf;
import dev.berth.gateway.config.NixEnvironment;
import dev.berth.nix.FormatException;
import dev.berth.nix.StoreDir;
import dev.berth.store.local.LocalStore;
import dev.berth.store.usage.CollectedPath;
import dev.berth.store.usage.CollectionPolicy;
import dev.berth.store.usage.CollectionReport;
import dev.berth.store.usage.FreeSpace;
import dev.berth.store.usage.Keeping;
import dev.berth.store.usage.Kept;
import dev.berth.store.usage.Sizes;
import dev.berth.store.usage.UsageCollector;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code berth cache gc}. */
@Command(
        name = "gc",
        description =
                "Delete what nobody used for longest, until everything that is asked for is reached. What roots, pins and recent"
                        + " uses hold stays.",
        mixinStandardHelpOptions = true)
final class GcCommand implements Callable<Integer> {
    @Mixin
    private UsageOption usage = new UsageOption();

    @Option(names = "--dry-run", description = "Only print what would be deleted, and why.")
    private boolean dryRun;

    @Option(names = "--older-than", paramLabel = "TIME", description = "What was not used for longer goes: 30d, 12h, …")
    private Optional<String> olderThan = Optional.empty();

    @Option(
            names = "--max-size",
            paramLabel = "SIZE",
            description = "Until the store is at most so large: 200G, 500M, …")
    private Optional<String> maxSize = Optional.empty();

    @Option(names = "--min-free", paramLabel = "SPACE", description = "Until so much of the disk is free: 10%% or 20G.")
    private Optional<String> minFree = Optional.empty();

    @Option(
            names = "--grace",
            paramLabel = "TIME",
            description = "Nothing used or added within this time goes. Default: 10m")
    private Optional<String> grace = Optional.empty();

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        CollectionPolicy policy = policy();
        try (UsageOption.Opened opened = usage.open()) {
            UsageCollector collector = opened.store() instanceof LocalStore local
                    ? UsageCollector.of(local, opened.database(), Optional.empty(), keeping())
                    : UsageCollector.of(opened.store(), opened.database(), Optional.empty());
            CollectionReport report = dryRun ? collector.dryRun(policy) : collector.collect(policy);
            if (json) {
                print(report, opened.store().storeDir());
            } else {
                show(report, opened.store().storeDir());
            }
            report.unmet().ifPresent(unmet -> spec.commandLine().getErr().println("berth: " + unmet));
            return report.unmet().isPresent() && !dryRun ? 1 : 0;
        }
    }

    /** As this machine's Nix keeps it. */
    private static Keeping keeping() {
        NixConf conf = NixConf.load(new NixEnvironment(System.getenv()));
        return new Keeping(
                conf.flag("keep-outputs", Keeping.DEFAULT.outputs()),
                conf.flag("keep-derivations", Keeping.DEFAULT.derivations()));
    }

    private CollectionPolicy policy() {
        CollectionPolicy policy = CollectionPolicy.NONE;
        if (olderThan.isPresent()) {
            policy = policy.olderThan(read("--older-than", olderThan.get(), Sizes::parseAge));
        }
        if (maxSize.isPresent()) {
            policy = policy.maxSize(read("--max-size", maxSize.get(), Sizes::parse));
        }
        if (minFree.isPresent()) {
            policy = policy.minFree(read("--min-free", minFree.get(), FreeSpace::parse));
        }
        if (policy.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "what shall go? Give --older-than, --max-size, --min-free or several");
        }
        return grace.isPresent() ? policy.grace(read("--grace", grace.get(), Sizes::parseAge)) : policy;
    }

    private <T> T read(String option, String text, Function<String, T> reading) {
        try {
            return reading.apply(text);
        } catch (FormatException e) {
            throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage(), e);
        }
    }

    private void show(CollectionReport report, StoreDir storeDir) {
        PrintWriter out = spec.commandLine().getOut();
        for (CollectedPath path : report.paths()) {
            out.println(storeDir.print(path.path()) + "  " + Sizes.show(path.size()) + "  " + path.reason());
        }
        String kept = report.kept().entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey().words())
                .collect(Collectors.joining(", "));
        spec.commandLine()
                .getErr()
                .println("berth: " + (dryRun ? "would delete " : "deleted ")
                        + report.paths().size() + " paths, "
                        + (dryRun ? "which have " : "freed ") + Sizes.show(report.freed()) + "; the store "
                        + (dryRun ? "would have " : "has ") + Sizes.show(report.after())
                        + (kept.isEmpty() ? "" : "; kept: " + kept));
    }

    private void print(CollectionReport report, StoreDir storeDir) {
        Json.stream(spec, out -> {
            out.writeStartObject();
            out.writeBooleanField("dryRun", dryRun);
            out.writeNumberField("bytesFreed", report.freed());
            out.writeNumberField("sizeBefore", report.before());
            out.writeNumberField("sizeAfter", report.after());
            if (report.unmet().isPresent()) {
                out.writeStringField("unmet", report.unmet().get());
            }
            out.writeObjectFieldStart("kept");
            for (Map.Entry<Kept, Long> kept : report.kept().entrySet()) {
                out.writeNumberField(
                        kept.getKey().name().toLowerCase(Locale.ROOT).replace('_', '-'), kept.getValue());
            }
            out.writeEndObject();
            out.writeArrayFieldStart("paths");
            for (CollectedPath path : report.paths()) {
                out.writeStartObject();
                out.writeStringField("path", storeDir.print(path.path()));
                out.writeNumberField("size", path.size());
                out.writeStringField("lastUse", path.lastUse().toString());
                out.writeStringField("reason", path.reason());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }
}
