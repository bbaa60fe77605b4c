package dev.berth.store;

import dev.berth.nix.PathInfo;

/**
 * Is told how a copy goes on. Called by several threads at once and often: an implementation is thread-safe and quick.
 * What it throws stops the copy.
 */
public interface CopyProgress {
    /** Takes no notice. */
    CopyProgress NONE = new CopyProgress() {};

    /**
     * More work was found; totals are the sums of all calls.
     *
     * @param paths how many paths are to be copied
     * @param narBytes the sizes of their NARs
     */
    default void planned(long paths, long narBytes) {}

    /** A path begins to be copied from the store of that URI; again if another store's copy turned out bad. */
    default void started(PathInfo info, String from) {}

    /**
     * More of a path's file came from a binary cache, as the cache has it. What an earlier try left is told at once, as
     * bytes that did not come now.
     *
     * @param more bytes that came since it was last told
     * @param bytes of the file so far
     * @param ofBytes the size of the file; 0 if the cache does not say it
     */
    default void downloaded(PathInfo info, long more, long bytes, long ofBytes) {}

    /** More bytes of NARs were moved; negative when those of a bad copy are taken back. */
    default void transferred(long narBytes) {}

    /** A path is valid in the destination. */
    default void finished(PathInfo info, String from) {}
}
