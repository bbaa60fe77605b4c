package dev.berth.gateway.config;

import dev.berth.gateway.CollectionSchedule;
import dev.berth.store.config.Yaml;
import dev.berth.store.usage.CollectionPolicy;
import dev.berth.store.usage.FreeSpace;
import dev.berth.store.usage.Sizes;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Collecting what nobody used for long, as far as the configuration file says.
 *
 * @param interval between two collections
 * @param policy what shall be reached; one that asks for nothing means that nothing is collected
 * @param dryRun whether only to say what would be deleted
 * @param usageDatabase the JDBC URL of the database of last uses and pins, if it is named
 */
public record GcFile(Duration interval, CollectionPolicy policy, boolean dryRun, Optional<String> usageDatabase) {
    private static final Duration INTERVAL = Duration.ofHours(1);

    static GcFile read(Yaml section) {
        GcFile file = new GcFile(
                section.duration("interval").filter(time -> !time.isZero()).orElse(INTERVAL),
                new CollectionPolicy(
                        section.duration("max-age"),
                        section.value("max-size", Sizes::parse)
                                .map(OptionalLong::of)
                                .orElseGet(OptionalLong::empty),
                        section.value("min-free", FreeSpace::parse),
                        section.duration("grace").orElse(CollectionPolicy.GRACE)),
                section.flag("dry-run").orElse(false),
                section.text("usage-database"));
        section.end();
        return file;
    }

    /** What to run, if anything is to be collected. */
    public Optional<CollectionSchedule.Settings> schedule() {
        return policy.isEmpty()
                ? Optional.empty()
                : Optional.of(new CollectionSchedule.Settings(interval, policy, dryRun));
    }
}
