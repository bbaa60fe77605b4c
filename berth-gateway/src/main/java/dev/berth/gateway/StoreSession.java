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
import dev.berth.store.Store;
import dev.berth.store.cache.BinaryCache;
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
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One client's session on a store that can be read and added to. Nothing is collected there, so nothing needs a root. */
final class StoreSession implements StoreOperations {
    private final Store store;
    private final boolean trusted;
    private final SessionSettings settings;
    private final StoreTargets targets;

    StoreSession(Store store, boolean trusted, SessionSettings settings) {
        this.store = store;
        this.trusted = trusted;
        this.settings = settings;
        this.targets = new StoreTargets(store);
    }

    private RemoteException unsupported(String operation) {
        return Refusal.of("operation '" + operation + "' is not supported by store '" + store.uri() + "'");
    }

    @Override
    public boolean isValidPath(StorePath path) {
        return store.pathInfo(path).isPresent();
    }

    @Override
    public Optional<PathInfo> queryPathInfo(StorePath path) {
        return store.pathInfo(path);
    }

    @Override
    public Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute) {
        return store.validPaths(paths);
    }

    @Override
    public Set<StorePath> queryAllValidPaths() {
        Optional<Stream<StorePath>> listed = store instanceof BinaryCache cache ? cache.allPaths() : Optional.empty();
        try (Stream<StorePath> paths = listed.orElseThrow(() -> unsupported("queryAllValidPaths"))) {
            return paths.collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Override
    public Optional<StorePath> queryPathFromHashPart(String hashPart) {
        return store.pathFromHashPart(hashPart);
    }

    @Override
    public Set<StorePath> queryReferrers(StorePath path) {
        throw unsupported("queryReferrers");
    }

    @Override
    public Set<StorePath> queryValidDerivers(StorePath path) {
        return Set.of();
    }

    @Override
    public Map<String, Optional<StorePath>> queryDerivationOutputMap(StorePath drvPath) {
        return targets.outputs(drvPath);
    }

    @Override
    public Set<StorePath> querySubstitutablePaths(Collection<StorePath> paths) {
        return Set.of();
    }

    @Override
    public Map<StorePath, SubstitutablePathInfo> querySubstitutablePathInfos(
            Map<StorePath, Optional<ContentAddress>> paths) {
        return Map.of();
    }

    @Override
    public Missing queryMissing(List<DerivedPath> wanted) {
        return targets.missing(wanted);
    }

    @Override
    public void narFromPath(StorePath path, NarSink sink) {
        store.nar(path, sink);
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
        refuseRepair(repair);
        try (SpooledDump spooled = SpooledDump.of(dump, method, algorithm)) {
            PathInfo info = spooled.info(store.storeDir(), name, references);
            store.add(info, spooled.content());
            return info;
        }
    }

    @Override
    public void addToStoreNar(PathInfo claimed, boolean repair, boolean dontCheckSigs, NarSource nar) {
        refuseRepair(repair);
        PathInfo info = claimed.withUltimate(false);
        if (!(dontCheckSigs && trusted)) {
            Signatures.require(info, store.storeDir(), settings.now());
        }
        store.add(info, nar);
    }

    private void refuseRepair(boolean repair) {
        if (repair) {
            throw unsupported("repair");
        }
    }

    @Override
    public void addMultipleToStore(PathStream paths, boolean repair, boolean dontCheckSigs) throws IOException {
        paths.sendTo((info, nar) -> addToStoreNar(info, repair, dontCheckSigs, nar));
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        store.addSignatures(path, signatures);
    }

    @Override
    public void ensurePath(StorePath path) {
        if (!isValidPath(path)) {
            throw Refusal.of("path '" + store.storeDir().print(path) + "' does not exist in '" + store.uri()
                    + "' and cannot be created");
        }
    }

    /** Nothing goes away by itself. */
    @Override
    public void addTempRoot(StorePath path) {}

    @Override
    public void addIndirectRoot(String link) {
        throw unsupported("addIndirectRoot");
    }

    @Override
    public String addPermRoot(StorePath path, String link) {
        throw unsupported("addPermRoot");
    }

    @Override
    public Map<StorePath, Set<String>> findRoots() {
        throw unsupported("findRoots");
    }

    @Override
    public void setOptions(ClientSettings client) {
        settings.apply(client);
    }

    @Override
    public GcRequest.Outcome collectGarbage(GcRequest request) {
        throw unsupported("collectGarbage");
    }

    @Override
    public void optimiseStore() {
        throw unsupported("optimiseStore");
    }

    @Override
    public boolean verifyStore(boolean checkContents, boolean repair) {
        throw unsupported("verifyStore");
    }

    @Override
    public void addBuildLog(StorePath drvPath, InputStream log) {
        if (!(store instanceof BinaryCache cache)) {
            throw unsupported("addBuildLog");
        }
        if (!trusted) {
            throw Refusal.of("you are not privileged to add logs");
        }
        cache.logs().add(drvPath, log);
    }

    @Override
    public void buildPaths(List<DerivedPath> wanted, BuildMode mode) {
        for (BuildResult.Keyed keyed : targets.results(wanted, mode)) {
            if (!keyed.result().status().success()) {
                throw Refusal.of(keyed.result().errorMsg());
            }
        }
    }

    @Override
    public List<BuildResult.Keyed> buildPathsWithResults(List<DerivedPath> wanted, BuildMode mode) {
        return targets.results(wanted, mode);
    }

    @Override
    public BuildResult buildDerivation(StorePath drvPath, Derivation drv, BuildMode mode) {
        return targets.noBuilder(drvPath);
    }

    @Override
    public void registerDrvOutput(Realisation realisation) {
        if (!(store instanceof BinaryCache cache)) {
            throw unsupported("registerDrvOutput");
        }
        if (!trusted) {
            Signatures.require(realisation, settings.now());
        }
        cache.realisations().add(realisation);
    }

    @Override
    public Optional<Realisation> queryRealisation(DrvOutput output) {
        return store instanceof BinaryCache cache ? cache.realisations().find(output) : Optional.empty();
    }

    /** The store is its owner's to close. */
    @Override
    public void close() {}
}
