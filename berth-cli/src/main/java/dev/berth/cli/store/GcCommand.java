package dev.berth.cli.store;

import dev.berth.cli.ConsoleProgress;
import dev.berth.store.Store;
import dev.berth.store.daemon.DaemonStore;
import dev.berth.store.local.GcOptions;
import dev.berth.store.local.GcResult;
import dev.berth.store.local.LocalStore;
import dev.berth.wire.GcRequest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth store gc}. */
@Command(
        name = "gc",
        description = {
            "Delete what no root of garbage collection needs from a local store or a daemon's; or, with paths, exactly those, which is"
                    + " refused if one of them is alive.",
        },
        mixinStandardHelpOptions = true)
final class GcCommand implements Callable<Integer> {
    @Mixin
    private StoreOption store = new StoreOption();

    /** At most one of them. */
    static final class Instead {
        @Option(
                names = {"--dry-run", "--print-dead"},
                description = "Only print what would be deleted.")
        private boolean dead;

        @Option(names = "--print-live", description = "Only print what is alive.")
        private boolean live;
    }

    @ArgGroup(exclusive = true)
    private Instead instead = new Instead();

    @Option(names = "--max-freed", paramLabel = "BYTES", description = "Stop when so many bytes were freed.")
    private Optional<Long> maxFreed = Optional.empty();

    @Option(names = "--json", description = "Print the paths and the bytes freed as JSON.")
    private boolean json;

    @Parameters(paramLabel = "PATH", description = "Full store paths.")
    private List<String> paths = List.of();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        if (!paths.isEmpty() && (instead.dead || instead.live || maxFreed.isPresent())) {
            throw new ParameterException(spec.commandLine(), "paths go with no other option of 'gc'");
        }
        try (Store opened = store.open()) {
            Freed freed = switch (opened) {
                case LocalStore local -> {
                    GcResult result = local.collectGarbage(options(local));
                    yield new Freed(result.paths().stream().map(local.storeDir()::print), result.bytesFreed());
                }
                case DaemonStore daemon -> {
                    GcRequest.Outcome outcome = daemon.ask(
                            "collect the garbage of", operations -> operations.collectGarbage(request(daemon)));
                    yield new Freed(outcome.paths().stream(), outcome.bytesFreed());
                }
                default -> throw store.unfit("gc");
            };
            List<String> sorted = freed.paths().sorted().toList();
            if (json) {
                Json.stream(spec, out -> {
                    out.writeStartObject();
                    out.writeNumberField("bytesFreed", freed.bytes());
                    out.writeArrayFieldStart("paths");
                    for (String path : sorted) {
                        out.writeString(path);
                    }
                    out.writeEndArray();
                    out.writeEndObject();
                });
            } else {
                sorted.forEach(path -> spec.commandLine().getOut().println(path));
                if (!instead.dead && !instead.live) {
                    spec.commandLine()
                            .getErr()
                            .println("berth: deleted " + sorted.size() + " paths, freed "
                                    + ConsoleProgress.bytes(freed.bytes()));
                }
            }
        }
        return 0;
    }

    /** What went, or would. */
    private record Freed(Stream<String> paths, long bytes) {}

    private GcRequest request(DaemonStore opened) {
        GcRequest.Action action = !paths.isEmpty()
                ? GcRequest.Action.DELETE_SPECIFIC
                : instead.live
                        ? GcRequest.Action.RETURN_LIVE
                        : instead.dead ? GcRequest.Action.RETURN_DEAD : GcRequest.Action.DELETE_DEAD;
        return new GcRequest(
                action, false, Set.copyOf(StoreOption.paths(opened.storeDir(), paths)), maxFreed.orElse(-1L));
    }

    private GcOptions options(LocalStore opened) {
        if (!paths.isEmpty()) {
            return GcOptions.delete(StoreOption.paths(opened.storeDir(), paths));
        }
        if (instead.live) {
            return GcOptions.live();
        }
        return instead.dead ? GcOptions.dead() : GcOptions.deleteDead(maxFreed.orElse(Long.MAX_VALUE));
    }
}
