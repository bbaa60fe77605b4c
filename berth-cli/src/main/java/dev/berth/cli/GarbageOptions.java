package dev.berth.cli;

import dev.berth.node.garbage.GarbageConfig;
import dev.berth.store.usage.FreeSpace;
import dev.berth.store.usage.Sizes;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What the node agent's store keeps. */
final class GarbageOptions {
    @Option(
            names = "--gc-keep",
            paramLabel = "TIME|forever",
            description = "Delete store paths that no volume used for so long, such as 12h; 1h as a rule.")
    private Optional<String> keep = Optional.empty();

    @Option(names = "--gc-interval", paramLabel = "TIME", description = "How often that is done, about; 1h as a rule.")
    private Optional<String> interval = Optional.empty();

    @Option(
            names = "--gc-max-size",
            paramLabel = "SIZE",
            description =
                    "Delete also what was used since, least lately used first, if the store is larger, such as 50G.")
    private Optional<String> maxSize = Optional.empty();

    @Option(
            names = "--gc-min-free",
            paramLabel = "SIZE|PERCENT%",
            description = "Do so, and at once, if less of the store's disk is free, such as 10%%.")
    private Optional<String> minFree = Optional.empty();

    /** @throws dev.berth.nix.FormatException for what is no time or size */
    GarbageConfig applyTo(GarbageConfig before) {
        GarbageConfig config = before;
        if (keep.isPresent()) {
            config = GarbageConfig.age(keep.get()).map(config::withKeep).orElseGet(config::withoutAge);
        }
        config = interval.map(Sizes::parseAge).map(config::withInterval).orElse(config);
        config = maxSize.isPresent() ? config.withMaxSize(Sizes.parse(maxSize.get())) : config;
        return minFree.isPresent() ? config.withMinFree(FreeSpace.parse(minFree.get())) : config;
    }
}
