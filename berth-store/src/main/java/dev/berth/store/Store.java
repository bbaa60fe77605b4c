package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/**
 * A place that holds store paths: a directory of this machine, a binary cache, a daemon. Safe for use by many threads.
 *
 * <p>Every method may throw {@link StoreException}, whose {@link StoreException.Kind} tells absence from failure:
 * {@code Optional.empty()} and a missing member of a set always mean that the store was asked and has no such path.
 */
public interface Store extends AutoCloseable {
    /** The store dir of its paths. */
    StoreDir storeDir();

    /** What to call it in messages: its URI. */
    String uri();

    /** What it knows of a path; empty if the path is not valid here. */
    Optional<PathInfo> pathInfo(StorePath path);

    /** Those of the paths that are valid here. */
    Set<StorePath> validPaths(Collection<StorePath> paths);

    /** The valid path with this hash part of 32 digits. */
    Optional<StorePath> pathFromHashPart(String hashPart);

    /**
     * Tells the tree of a valid path.
     *
     * @throws StoreException of kind {@code ABSENT} if it is not valid here; {@code CORRUPT} if what is there is
     *     malformed or does not match its own file hash; the sink may have seen a part by then
     */
    void nar(StorePath path, NarSink sink);

    /**
     * Adds a path. It becomes visible only when its tree is complete and has the NAR hash and size that the info says,
     * and only after every reference is valid; a path that is already valid is left as it is and the source not read.
     * Who may add what (signatures) is decided before this call.
     *
     * @param nar told once at most
     * @throws StoreException of kind {@code CORRUPT} if the tree does not match; nothing is left behind
     */
    void add(PathInfo info, NarSource nar);

    /** Adds signatures to a valid path. */
    void addSignatures(StorePath path, Collection<dev.berth.nix.Signature> signatures);

    /** Frees what it holds; never throws. */
    @Override
    void close();
}
