package dev.berth.gateway;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
import dev.berth.store.cache.CacheUploads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/**
 * A store as a binary cache needs it. Every method may throw {@link StoreException}; what is empty was asked for and is not
 * there. Any thread.
 */
public interface CacheContent extends AutoCloseable {
    /** The store dir of its paths. */
    StoreDir storeDir();

    /** What to call the store in messages: its URI. */
    String uri();

    /** What is known of the valid path with a hash part of 32 digits. */
    Optional<PathInfo> find(String hashPart);

    /** Those of the paths that are valid. */
    Set<StorePath> validPaths(Collection<StorePath> paths);

    /**
     * Tells the tree of a valid path, which no garbage collection takes away meanwhile. A sink that takes files
     * ({@link dev.berth.store.tree.OpenFileSink}) may be given them.
     *
     * @throws StoreException of kind {@code ABSENT} if it is not valid; with what the sink threw as its cause if that failed
     */
    void nar(StorePath path, NarSink sink);

    /**
     * The bytes of a NAR that was asked for before, if they are at hand. Never blocks; says nothing of whether a path has that
     * NAR. The caller closes it.
     */
    default Optional<KeptNar> kept(Hash narHash, KeptNar.Form form) {
        return Optional.empty();
    }

    /** May keep what was made of the bytes of a NAR that {@link #kept} gave. */
    default void keep(Hash narHash, KeptNar.Form form, byte[] bytes) {}

    /**
     * What a substituter has under a hash part, signed by a trusted key.
     *
     * @throws StoreException of kind {@code UNTRUSTED} or {@code UNAVAILABLE} if it is not known to be absent
     */
    Optional<PathInfo> offered(String hashPart);

    /** Makes a path valid with all that it refers to, from the substituters. */
    void fetch(StorePath path);

    /** As {@link dev.berth.store.Store#add}. */
    void add(PathInfo info, NarSource nar);

    /**
     * Where files of NARs go that clients have compressed, if the store keeps them as they are; else they wait beside it, and
     * {@link #add} unpacks them.
     */
    default Optional<CacheUploads> uploads() {
        return Optional.empty();
    }

    /** Adds signatures to a valid path. */
    void addSignatures(StorePath path, Collection<Signature> signatures);

    /** The log of the build of a derivation, plain. */
    Optional<InputStream> log(StorePath drvPath) throws IOException;

    /** Keeps a log, read to its end; one that is there already stays. */
    void addLog(StorePath drvPath, InputStream log) throws IOException;

    /** What an output of a derivation came out as, in the generation that it is asked for in. */
    Optional<Realisation> realisation(DrvOutput output);

    /** Keeps a realisation whose path is valid. */
    void addRealisation(Realisation realisation);

    /** Where the debug information of a build lies, of a program or library that is valid here. */
    Optional<DebugInfo> debugInfo(String buildId);

    /**
     * A file with debug information.
     *
     * @param info the path that holds it
     * @param member the file in it, such as {@code lib/debug/.build-id/c6/….debug}
     */
    record DebugInfo(PathInfo info, String member) {}

    /** Where a server may keep files of its own that belong to the store; empty if the store is elsewhere. */
    Optional<Path> directory();

    /** A number that grows whenever this process may have made paths invalid. */
    long deletions();

    @Override
    void close();
}
