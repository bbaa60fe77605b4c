package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;

/** Where a copy takes its paths from. Safe for use by many threads. */
interface Origin<T> {
    /**
     * Finds a path that may be taken.
     *
     * @throws StoreException if there is none
     */
    T find(StorePath path);

    /** What is known of what was found. */
    PathInfo info(T offer);

    /** Makes the path valid in a store where its references are valid. */
    void transfer(T offer, Store to, CopyProgress progress);
}
