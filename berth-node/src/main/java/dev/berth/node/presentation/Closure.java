package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import dev.berth.linux.FileStat;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * A closure as it lies on disk.
 *
 * @param storeDir the store dir of its paths: where the tree shows them, and what links in them name
 * @param realStoreDir the directory that holds their files, each under its base name
 * @param paths all paths of the closure
 * @param primary the path whose tree is also shown at the root; one of the paths
 */
public record Closure(StoreDir storeDir, Path realStoreDir, NavigableSet<StorePath> paths, StorePath primary) {
    /** Copies the set. @throws IllegalArgumentException if the primary path is none of the paths */
    public Closure {
        paths = Collections.unmodifiableNavigableSet(new TreeSet<>(paths));
        if (!paths.contains(primary)) {
            throw new IllegalArgumentException("the primary path " + primary + " is not in the closure");
        }
    }

    /**
     * What one of its paths is on disk.
     *
     * @param from the directory that holds their files, opened
     * @throws StoreException ABSENT if it is not there
     */
    FileStat stat(Directory from, StorePath path) throws IOException {
        return from.statIfExists(path.baseName().getBytes(StandardCharsets.US_ASCII))
                .orElseThrow(() -> new StoreException(
                        StoreException.Kind.ABSENT,
                        "store path " + storeDir.print(path) + " is not in " + realStoreDir
                                + ": fetch it again, or verify the store"));
    }
}
