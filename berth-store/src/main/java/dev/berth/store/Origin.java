package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import java.util.Collection;
import java.util.List;

/** Where a copy takes its paths from. Safe for use by many threads. */
interface Origin<T> {
    /**
     * Finds a path that may be taken.
     *
     * @throws StoreException if there is none
     */
    T find(StorePath path);

    /** Whether {@link #findAll} of many is quicker than {@link #find} of each at the same time. */
    default boolean findsTogether() {
        return false;
    }

    /**
     * Finds paths that may be taken.
     *
     * @throws StoreException if there is not one of them
     */
    default List<T> findAll(Collection<StorePath> paths) {
        return paths.stream().map(this::find).toList();
    }

    /** What is known of what was found. */
    PathInfo info(T offer);

    /** Makes the path valid in a store where its references are valid. */
    void transfer(T offer, Store to, CopyProgress progress);

    /** Tells the path to a destination that takes many together; once, and without another try elsewhere. */
    void transfer(T offer, Transfer.Destination to, CopyProgress progress);
}
