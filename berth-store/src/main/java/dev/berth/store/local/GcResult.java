package dev.berth.store.local;

import dev.berth.nix.StorePath;
import java.util.Set;

/**
 * What a collection of garbage found or did.
 *
 * @param paths what is alive, dead or was deleted, as asked; store paths only
 * @param bytesFreed bytes of the files that are gone; a file counts when its last hard link goes
 */
public record GcResult(Set<StorePath> paths, long bytesFreed) {
    /** Copies the set. */
    public GcResult {
        paths = Set.copyOf(paths);
    }
}
