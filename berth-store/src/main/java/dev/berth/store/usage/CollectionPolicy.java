package dev.berth.store.usage;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a collection shall reach. What nobody used for longest goes first, and no more goes than is needed. With nothing
 * asked for, nothing goes.
 *
 * @param olderThan paths that were not used for longer than this go
 * @param maxSize the size in bytes that the paths of the store may have together: of a local store the sum of their NAR
 *     sizes, of a binary cache what its NAR files take
 * @param minFree the space that must be free on the file system of the store
 * @param grace nothing that was used, or came into the store, within this time goes
 */
public record CollectionPolicy(
        Optional<Duration> olderThan, OptionalLong maxSize, Optional<FreeSpace> minFree, Duration grace) {
    /** The usual grace time. */
    public static final Duration GRACE = Duration.ofMinutes(10);

    /** To which nothing has to go. */
    public static final CollectionPolicy NONE =
            new CollectionPolicy(Optional.empty(), OptionalLong.empty(), Optional.empty(), GRACE);

    /** @throws IllegalArgumentException for a time or size below zero */
    public CollectionPolicy {
        if (grace.isNegative() || olderThan.filter(Duration::isNegative).isPresent() || maxSize.orElse(0) < 0) {
            throw new IllegalArgumentException("a time or size of a collection's policy is below zero");
        }
    }

    /** With an age limit. */
    public CollectionPolicy olderThan(Duration age) {
        return new CollectionPolicy(Optional.of(age), maxSize, minFree, grace);
    }

    /** With a size target in bytes. */
    public CollectionPolicy maxSize(long bytes) {
        return new CollectionPolicy(olderThan, OptionalLong.of(bytes), minFree, grace);
    }

    /** With a demand on free space. */
    public CollectionPolicy minFree(FreeSpace space) {
        return new CollectionPolicy(olderThan, maxSize, Optional.of(space), grace);
    }

    /** With another grace time. */
    public CollectionPolicy grace(Duration time) {
        return new CollectionPolicy(olderThan, maxSize, minFree, time);
    }

    /** Whether it asks for anything. */
    public boolean isEmpty() {
        return olderThan.isEmpty() && maxSize.isEmpty() && minFree.isEmpty();
    }
}
