package dev.berth.gateway;

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
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.Missing;
import dev.berth.wire.PathStream;
import dev.berth.wire.RemoteException;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.SubstitutablePathInfo;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A session that changes nothing: it reads, keeps by temporary roots what it reads, and has what it may not refused. */
final class ReaderOperations implements StoreOperations {
    private final StoreOperations store;

    ReaderOperations(StoreOperations store) {
        this.store = store;
    }

    private static RemoteException refused(String what) {
        return new RemoteException(
                "a reader may not " + what + ": ask whoever runs this store for the role of a writer",
                0,
                List.of(),
                false);
    }

    // Reading.

    @Override
    public boolean isValidPath(StorePath path) {
        return store.isValidPath(path);
    }

    @Override
    public Optional<PathInfo> queryPathInfo(StorePath path) {
        return store.queryPathInfo(path);
    }

    @Override
    public Map<StorePath, PathInfo> queryPathInfos(Collection<StorePath> paths) {
        return store.queryPathInfos(paths);
    }

    /** Fetches nothing, as that would add to the store. */
    @Override
    public Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute) {
        return store.queryValidPaths(paths, false);
    }

    @Override
    public Set<StorePath> queryAllValidPaths() {
        return store.queryAllValidPaths();
    }

    @Override
    public Optional<StorePath> queryPathFromHashPart(String hashPart) {
        return store.queryPathFromHashPart(hashPart);
    }

    @Override
    public Set<StorePath> queryReferrers(StorePath path) {
        return store.queryReferrers(path);
    }

    @Override
    public Set<StorePath> queryValidDerivers(StorePath path) {
        return store.queryValidDerivers(path);
    }

    @Override
    public Map<String, Optional<StorePath>> queryDerivationOutputMap(StorePath drvPath) {
        return store.queryDerivationOutputMap(drvPath);
    }

    @Override
    public Set<StorePath> querySubstitutablePaths(Collection<StorePath> paths) {
        return store.querySubstitutablePaths(paths);
    }

    @Override
    public Map<StorePath, SubstitutablePathInfo> querySubstitutablePathInfos(
            Map<StorePath, Optional<ContentAddress>> paths) {
        return store.querySubstitutablePathInfos(paths);
    }

    @Override
    public Missing queryMissing(List<DerivedPath> targets) {
        return store.queryMissing(targets);
    }

    @Override
    public void narFromPath(StorePath path, NarSink sink) throws IOException {
        store.narFromPath(path, sink);
    }

    @Override
    public Optional<Realisation> queryRealisation(DrvOutput output) {
        return store.queryRealisation(output);
    }

    @Override
    public Map<StorePath, Set<String>> findRoots() {
        return store.findRoots();
    }

    @Override
    public void addTempRoot(StorePath path) {
        store.addTempRoot(path);
    }

    @Override
    public void setOptions(ClientSettings settings) {
        store.setOptions(settings);
    }

    // What changes nothing where everything is there already: clients ask for it before they read.

    @Override
    public void ensurePath(StorePath path) {
        if (!store.isValidPath(path)) {
            throw refused("have '" + path + "' fetched, which is not there");
        }
        store.ensurePath(path);
    }

    @Override
    public void buildPaths(List<DerivedPath> targets, BuildMode mode) {
        checkThere(targets, mode);
        store.buildPaths(targets, mode);
    }

    @Override
    public List<BuildResult.Keyed> buildPathsWithResults(List<DerivedPath> targets, BuildMode mode) {
        checkThere(targets, mode);
        return store.buildPathsWithResults(targets, mode);
    }

    private void checkThere(List<DerivedPath> targets, BuildMode mode) {
        Missing missing = store.queryMissing(targets);
        if (mode != BuildMode.NORMAL
                || !missing.willBuild().isEmpty()
                || !missing.willSubstitute().isEmpty()
                || !missing.unknown().isEmpty()) {
            throw refused("build or fetch");
        }
    }

    // Changing.

    @Override
    public PathInfo addToStore(
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references,
            boolean repair,
            InputStream dump) {
        throw refused("add '" + name + "'");
    }

    @Override
    public void addToStoreNar(PathInfo info, boolean repair, boolean dontCheckSigs, NarSource nar) {
        throw refused("add '" + info.path() + "'");
    }

    @Override
    public void addMultipleToStore(PathStream paths, boolean repair, boolean dontCheckSigs) {
        throw refused("add paths");
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        throw refused("add signatures to '" + path + "'");
    }

    @Override
    public void addIndirectRoot(String link) {
        throw refused("add GC roots");
    }

    @Override
    public String addPermRoot(StorePath path, String link) {
        throw refused("add GC roots");
    }

    @Override
    public GcRequest.Outcome collectGarbage(GcRequest request) {
        return switch (request.action()) {
            case RETURN_LIVE, RETURN_DEAD -> store.collectGarbage(request);
            case DELETE_DEAD, DELETE_SPECIFIC -> throw refused("delete");
        };
    }

    @Override
    public void optimiseStore() {
        throw refused("optimise the store");
    }

    @Override
    public boolean verifyStore(boolean checkContents, boolean repair) {
        throw refused("have the store verified");
    }

    @Override
    public void addBuildLog(StorePath drvPath, InputStream log) {
        throw refused("add build logs");
    }

    @Override
    public BuildResult buildDerivation(StorePath drvPath, Derivation drv, BuildMode mode) {
        throw refused("build");
    }

    @Override
    public void registerDrvOutput(Realisation realisation) {
        throw refused("register what a derivation made");
    }

    @Override
    public void close() {
        store.close();
    }
}
