package dev.berth.node.garbage;

import dev.berth.store.config.Yaml;
import dev.berth.store.usage.CollectionPolicy;
import dev.berth.store.usage.FreeSpace;
import dev.berth.store.usage.Sizes;
import java.time.Duration;
import java.util.Optional;

/**
 * What a node's store keeps.
 *
 * @param policy what a collection shall reach; one that asks for nothing means that nothing is collected
 * @param interval about how often it is collected: after a random time between half of it and all of it, so that the nodes of a
 *     cluster don't do it together
 * @param look how often it is looked whether the free space that the policy wants is there, and what crashes and force-deleted pods
 *     left is cleaned up; at least this often it is collected while space is missing
 */
public record GarbageConfig(CollectionPolicy policy, Duration interval, Duration look) {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration LOOK = Duration.ofSeconds(30);

    /** What was not used for an hour goes, every hour. */
    public static final GarbageConfig DEFAULT =
            keeping(CollectionPolicy.NONE, HOUR).withInterval(HOUR);

    /** @throws IllegalArgumentException if a value is out of range; one line for the user */
    public GarbageConfig {
        if (!interval.isPositive() || !look.isPositive()) {
            throw new IllegalArgumentException("the interval of collections is not positive");
        }
    }

    private static GarbageConfig keeping(CollectionPolicy policy, Duration age) {
        Duration grace = age.compareTo(CollectionPolicy.GRACE) < 0 ? age : CollectionPolicy.GRACE;
        return new GarbageConfig(policy.olderThan(age).grace(grace), HOUR, LOOK);
    }

    /** With paths going that were not used for so long. */
    public GarbageConfig withKeep(Duration age) {
        return new GarbageConfig(keeping(policy, age).policy, interval, look);
    }

    /** With another time between collections. */
    public GarbageConfig withInterval(Duration time) {
        return new GarbageConfig(policy, time, look);
    }

    /** With another time between looks. */
    public GarbageConfig withLook(Duration time) {
        return new GarbageConfig(policy, interval, time);
    }

    /** With a size in bytes that the store may have. */
    public GarbageConfig withMaxSize(long bytes) {
        return new GarbageConfig(policy.maxSize(bytes), interval, look);
    }

    /** With space that must be free on the store's file system. */
    public GarbageConfig withMinFree(FreeSpace space) {
        return new GarbageConfig(policy.minFree(space), interval, look);
    }

    /** Without an age: what is there stays until a size is exceeded or space is missing. */
    public GarbageConfig withoutAge() {
        return new GarbageConfig(
                new CollectionPolicy(Optional.empty(), policy.maxSize(), policy.minFree(), policy.grace()),
                interval,
                look);
    }

    /** The section of a configuration file: {@code keep} (a time, or {@code forever}), {@code interval}, {@code max-size}, {@code min-free}. */
    public static GarbageConfig read(Yaml section) {
        GarbageConfig config = DEFAULT;
        Optional<Optional<Duration>> keep = section.value("keep", GarbageConfig::age);
        if (keep.isPresent()) {
            config = keep.get().map(config::withKeep).orElseGet(config::withoutAge);
        }
        config = section.value("interval", Sizes::parseAge)
                .map(config::withInterval)
                .orElse(config);
        Optional<Long> size = section.value("max-size", Sizes::parse);
        config = size.isPresent() ? config.withMaxSize(size.get()) : config;
        Optional<FreeSpace> free = section.value("min-free", FreeSpace::parse);
        config = free.isPresent() ? config.withMinFree(free.get()) : config;
        section.end();
        return config;
    }

    /** A time, or {@code forever}. */
    public static Optional<Duration> age(String text) {
        return text.equals("forever") ? Optional.empty() : Optional.of(Sizes.parseAge(text));
    }

    /** Whether less is free than the policy wants. */
    boolean isMissing(long free, long total) {
        return policy.minFree().filter(least -> free < least.of(total)).isPresent();
    }
}
