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
import dev.berth.wire.StoreOperations;
import dev.berth.wire.SubstitutablePathInfo;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Hands every call to another session. */
abstract class ForwardingOperations implements StoreOperations {
    /** The session that does it. */
    abstract StoreOperations next();

    @Override
    public boolean isValidPath(StorePath path) {
        return next().isValidPath(path);
    }

    @Override
    public Optional<PathInfo> queryPathInfo(StorePath path) {
        return next().queryPathInfo(path);
    }

    @Override
    public Map<StorePath, PathInfo> queryPathInfos(Collection<StorePath> paths) {
        return next().queryPathInfos(paths);
    }

    @Override
    public Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute) {
        return next().queryValidPaths(paths, substitute);
    }

    @Override
    public Set<StorePath> queryAllValidPaths() {
        return next().queryAllValidPaths();
    }

    @Override
    public Optional<StorePath> queryPathFromHashPart(String hashPart) {
        return next().queryPathFromHashPart(hashPart);
    }

    @Override
    public Set<StorePath> queryReferrers(StorePath path) {
        return next().queryReferrers(path);
    }

    @Override
    public Set<StorePath> queryValidDerivers(StorePath path) {
        return next().queryValidDerivers(path);
    }

    @Override
    public Map<String, Optional<StorePath>> queryDerivationOutputMap(StorePath drvPath) {
        return next().queryDerivationOutputMap(drvPath);
    }

    @Override
    public Set<StorePath> querySubstitutablePaths(Collection<StorePath> paths) {
        return next().querySubstitutablePaths(paths);
    }

    @Override
    public Map<StorePath, SubstitutablePathInfo> querySubstitutablePathInfos(
            Map<StorePath, Optional<ContentAddress>> paths) {
        return next().querySubstitutablePathInfos(paths);
    }

    @Override
    public Missing queryMissing(List<DerivedPath> targets) {
        return next().queryMissing(targets);
    }

    @Override
    public void narFromPath(StorePath path, NarSink sink) throws IOException {
        next().narFromPath(path, sink);
    }

    @Override
    public PathInfo addToStore(
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references,
            boolean repair,
            InputStream dump)
            throws IOException {
        return next().addToStore(name, method, algorithm, references, repair, dump);
    }

    @Override
    public void addToStoreNar(PathInfo info, boolean repair, boolean dontCheckSigs, NarSource nar) throws IOException {
        next().addToStoreNar(info, repair, dontCheckSigs, nar);
    }

    @Override
    public void addMultipleToStore(PathStream paths, boolean repair, boolean dontCheckSigs) throws IOException {
        next().addMultipleToStore(paths, repair, dontCheckSigs);
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        next().addSignatures(path, signatures);
    }

    @Override
    public void ensurePath(StorePath path) {
        next().ensurePath(path);
    }

    @Override
    public void addTempRoot(StorePath path) {
        next().addTempRoot(path);
    }

    @Override
    public void addIndirectRoot(String link) {
        next().addIndirectRoot(link);
    }

    @Override
    public String addPermRoot(StorePath path, String link) {
        return next().addPermRoot(path, link);
    }

    @Override
    public Map<StorePath, Set<String>> findRoots() {
        return next().findRoots();
    }

    @Override
    public void setOptions(ClientSettings settings) {
        next().setOptions(settings);
    }

    @Override
    public GcRequest.Outcome collectGarbage(GcRequest request) {
        return next().collectGarbage(request);
    }

    @Override
    public void optimiseStore() {
        next().optimiseStore();
    }

    @Override
    public boolean verifyStore(boolean checkContents, boolean repair) {
        return next().verifyStore(checkContents, repair);
    }

    @Override
    public void addBuildLog(StorePath drvPath, InputStream log) throws IOException {
        next().addBuildLog(drvPath, log);
    }

    @Override
    public void buildPaths(List<DerivedPath> targets, BuildMode mode) {
        next().buildPaths(targets, mode);
    }

    @Override
    public List<BuildResult.Keyed> buildPathsWithResults(List<DerivedPath> targets, BuildMode mode) {
        return next().buildPathsWithResults(targets, mode);
    }

    @Override
    public BuildResult buildDerivation(StorePath drvPath, Derivation drv, BuildMode mode) {
        return next().buildDerivation(drvPath, drv, mode);
    }

    @Override
    public void registerDrvOutput(Realisation realisation) {
        next().registerDrvOutput(realisation);
    }

    @Override
    public Optional<Realisation> queryRealisation(DrvOutput output) {
        return next().queryRealisation(output);
    }

    @Override
    public void close() {
        next().close();
    }
}
