package dev.berth.wire;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a client can ask of a Nix daemon: the operations of the worker protocol, named as there, which the serve protocol's
 * commands are a part of. A server session translates the wire into calls of this; a client translates calls of this
 * into the wire; so a client behind a session is a proxy.
 *
 * <p>One session's: temporary roots and settings last until {@link #close}. One call at a time.
 *
 * <p>Every method may throw {@link RemoteException}, or any unchecked exception whose message is one line for the user; a
 * session sends it to its client and goes on. {@link IOException} is for streams that are parts of a call.
 */
public interface StoreOperations extends AutoCloseable {
    /** Operation 1. */
    boolean isValidPath(StorePath path);

    /** Operation 26; empty if the path is not valid. */
    Optional<PathInfo> queryPathInfo(StorePath path);

    /**
     * {@link #queryPathInfo} of many: those that are valid, in no order. A client asks all at once.
     */
    default Map<StorePath, PathInfo> queryPathInfos(Collection<StorePath> paths) {
        Map<StorePath, PathInfo> infos = new HashMap<>();
        paths.forEach(path -> queryPathInfo(path).ifPresent(info -> infos.put(path, info)));
        return infos;
    }

    /**
     * Operation 31.
     *
     * @param substitute whether those that are not valid should be fetched first where that is possible
     */
    Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute);

    /** Operation 23. */
    Set<StorePath> queryAllValidPaths();

    /**
     * Operation 29.
     *
     * @param hashPart 32 digits
     */
    Optional<StorePath> queryPathFromHashPart(String hashPart);

    /** Operation 6. */
    Set<StorePath> queryReferrers(StorePath path);

    /** Operation 33. */
    Set<StorePath> queryValidDerivers(StorePath path);

    /** Operation 41: the outputs of a derivation that is valid; without a path where it is not known. */
    Map<String, Optional<StorePath>> queryDerivationOutputMap(StorePath drvPath);

    /** Operation 32: those that a substituter has. */
    Set<StorePath> querySubstitutablePaths(Collection<StorePath> paths);

    /**
     * Operation 30.
     *
     * @param paths with their content addresses where they have one
     */
    Map<StorePath, SubstitutablePathInfo> querySubstitutablePathInfos(Map<StorePath, Optional<ContentAddress>> paths);

    /** Operation 40. */
    Missing queryMissing(List<DerivedPath> targets);

    /**
     * Operation 38.
     *
     * @throws IOException if the sink does
     */
    void narFromPath(StorePath path, NarSink sink) throws IOException;

    /**
     * Operation 7: adds what the dump holds under its content address.
     *
     * @param name of the store path
     * @param method how the content address is made of the dump: for NAR and Git the dump is a NAR, else a file's bytes
     * @param algorithm of the content address
     * @param references not found by scanning
     * @param repair whether a damaged path is to be replaced; for trusted clients
     * @param dump read to its end
     */
    PathInfo addToStore(
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references,
            boolean repair,
            InputStream dump)
            throws IOException;

    /**
     * Operation 39: adds a path as it is elsewhere.
     *
     * @param info never {@code ultimate} from a client
     * @param dontCheckSigs whether it may come in without a signature by a trusted key; for trusted clients
     */
    void addToStoreNar(PathInfo info, boolean repair, boolean dontCheckSigs, NarSource nar) throws IOException;

    /** Operation 44: {@link #addToStoreNar} of many. */
    void addMultipleToStore(PathStream paths, boolean repair, boolean dontCheckSigs) throws IOException;

    /** Operation 37. */
    void addSignatures(StorePath path, Collection<Signature> signatures);

    /** Operation 10: makes a path valid by fetching it if needed. */
    void ensurePath(StorePath path);

    /** Operation 11: keeps a path, valid or not, until the session ends. */
    void addTempRoot(StorePath path);

    /**
     * Operation 12.
     *
     * @param link an absolute path of a symlink to a store path
     */
    void addIndirectRoot(String link);

    /**
     * Operation 47.
     *
     * @return the link that was made
     */
    String addPermRoot(StorePath path, String link);

    /**
     * Operation 14: every root with where it is held. One place may hold many: a process, or {@code {censored}} where the
     * client may not know.
     */
    Map<StorePath, Set<String>> findRoots();

    /** Operation 19. */
    void setOptions(ClientSettings settings);

    /** Operation 20. */
    GcRequest.Outcome collectGarbage(GcRequest request);

    /** Operation 34. */
    void optimiseStore();

    /**
     * Operation 35.
     *
     * @return whether errors were found and remain
     */
    boolean verifyStore(boolean checkContents, boolean repair);

    /**
     * Operation 45.
     *
     * @param log read to its end
     */
    void addBuildLog(StorePath drvPath, InputStream log) throws IOException;

    /** Operation 9. */
    void buildPaths(List<DerivedPath> targets, BuildMode mode);

    /** Operation 46. */
    List<BuildResult.Keyed> buildPathsWithResults(List<DerivedPath> targets, BuildMode mode);

    /**
     * Operation 36.
     *
     * @param drv a basic derivation: its inputs are sources only
     */
    BuildResult buildDerivation(StorePath drvPath, Derivation drv, BuildMode mode);

    /** Operation 42. */
    void registerDrvOutput(Realisation realisation);

    /** Operation 43. */
    Optional<Realisation> queryRealisation(DrvOutput output);

    /** Ends the session; never throws. */
    @Override
    void close();
}
