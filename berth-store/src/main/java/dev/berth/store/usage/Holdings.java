package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A store as collecting sees it. One thread. */
sealed interface Holdings permits LocalHoldings, CacheHoldings {
    /** What to call it in messages. */
    String uri();

    /** What is there now. */
    PathGraph graph();

    /** What the store itself wants to keep, with all that it needs. */
    Set<StorePath> roots();

    /** The file system that it lies on, if it lies on one. */
    Optional<Space> space();

    /** Deletes those of the paths that nothing else needs, in order; what cannot go stays. */
    Deleted delete(List<StorePath> paths);

    /**
     * How long it takes until everybody who serves the store knows of paths that are condemned, and has told what was used
     * before; empty if the store itself proves under a lock of its own that nobody uses what goes.
     */
    Optional<Duration> settling();

    /** Frees what belongs to no path any more and that nobody can want who asked before; the bytes. */
    long tidy(Instant now, Duration grace);

    /**
     * A file system.
     *
     * @param free bytes that may be written
     * @param total bytes that it has
     */
    record Space(long free, long total) {}

    /**
     * What was deleted.
     *
     * @param paths which
     * @param freed the bytes that are free since then
     */
    record Deleted(Collection<StorePath> paths, long freed) {}
}
