package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import java.util.Collection;

/** Is told by whoever serves paths that they were used. Any thread. */
@FunctionalInterface
public interface UsageRecorder {
    /** For stores whose use nobody counts. */
    UsageRecorder NONE = _ -> {};

    /** These paths were read or asked for just now. Returns at once and never fails: it is on the way of every answer. */
    void used(Collection<StorePath> paths);

    /** Whether a path may be about to be deleted, so that {@link #hold} takes a moment. Returns at once. */
    default boolean isContested(StorePath path) {
        return false;
    }

    /**
     * These paths were found to be there, and somebody will rely on it: a client that is told so, or what is added and refers
     * to them. If they may be about to be deleted, this sees to it that they stay, or waits until they are gone.
     *
     * @return whether what was found holds; if not, the store is to be asked again, and then this
     * @throws dev.berth.store.StoreException of kind {@code UNAVAILABLE} if it takes too long
     */
    default boolean hold(Collection<StorePath> paths) {
        used(paths);
        return true;
    }
}
