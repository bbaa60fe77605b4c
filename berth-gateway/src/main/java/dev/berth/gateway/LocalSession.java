package dev.berth.gateway;

import dev.berth.linux.Names;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** One client's session on a local store. One call at a time. */
final class LocalSession implements StoreOperations {
    private final OpenStore.Lease lease;
    private final Context context;
    private final Queries queries;
    private final Incoming incoming;
    private final Maintenance maintenance;
    private final Building building;

    LocalSession(
            OpenStore.Lease lease,
            boolean trusted,
            SessionLog log,
            SessionSettings settings,
            SessionSubstituters fetching) {
        this.lease = lease;
        this.context = new Context(lease.store(), trusted, log, settings, fetching);
        this.queries = new Queries(context);
        this.incoming = new Incoming(context);
        this.maintenance = new Maintenance(context);
        this.building = new Building(context);
    }

    @Override
    public boolean isValidPath(StorePath path) {
        return context.isValid(path);
    }

    @Override
    public Optional<PathInfo> queryPathInfo(StorePath path) {
        return context.store().pathInfo(path);
    }

    @Override
    public Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute) {
        return queries.validPaths(paths, substitute);
    }

    @Override
    public Set<StorePath> queryAllValidPaths() {
        return context.store().allValidPaths().collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public Optional<StorePath> queryPathFromHashPart(String hashPart) {
        return context.store().pathFromHashPart(hashPart);
    }

    @Override
    public Set<StorePath> queryReferrers(StorePath path) {
        return context.store().referrers(path);
    }

    @Override
    public Set<StorePath> queryValidDerivers(StorePath path) {
        return context.store().validDerivers(path);
    }

    @Override
    public Map<String, Optional<StorePath>> queryDerivationOutputMap(StorePath drvPath) {
        return queries.derivationOutputs(drvPath);
    }

    @Override
    public Set<StorePath> querySubstitutablePaths(Collection<StorePath> paths) {
        return queries.substitutable(paths);
    }

    @Override
    public Map<StorePath, SubstitutablePathInfo> querySubstitutablePathInfos(
            Map<StorePath, Optional<ContentAddress>> paths) {
        return queries.substitutableInfos(paths.keySet());
    }

    @Override
    public Missing queryMissing(List<DerivedPath> targets) {
        return new MissingQuery(context).run(targets);
    }

    @Override
    public void narFromPath(StorePath path, NarSink sink) {
        lease.nar(path, sink);
    }

    @Override
    public PathInfo addToStore(
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references,
            boolean repair,
            InputStream dump) {
        return incoming.dump(name, method, algorithm, references, repair, dump);
    }

    @Override
    public void addToStoreNar(PathInfo info, boolean repair, boolean dontCheckSigs, NarSource nar) {
        incoming.nar(info, repair, dontCheckSigs, nar);
    }

    @Override
    public void addMultipleToStore(PathStream paths, boolean repair, boolean dontCheckSigs) throws IOException {
        incoming.stream(paths, repair, dontCheckSigs);
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        context.store().addSignatures(path, signatures);
    }

    @Override
    public void ensurePath(StorePath path) {
        new Fetching(context).ensure(path);
    }

    @Override
    public void addTempRoot(StorePath path) {
        context.store().addTempRoots(List.of(path));
    }

    @Override
    public void addIndirectRoot(String link) {
        context.store().roots().addIndirect(absolute(link));
    }

    @Override
    public String addPermRoot(StorePath path, String link) {
        context.requireTrust("you are not privileged to create perm roots: you can just do this client-side without"
                + " special privileges, and probably want to do that instead");
        Path at = absolute(link);
        context.store().addTempRoots(List.of(path));
        context.store().roots().addPermanent(path, at);
        return at.toString();
    }

    // A path is bytes, which the JVM's own encoding may not know.
    private static Path absolute(String link) {
        if (!link.startsWith("/") || link.indexOf('\0') >= 0) {
            throw Refusal.of("root '" + link + "' is no absolute path");
        }
        return Names.path(link.getBytes(StandardCharsets.UTF_8)).normalize();
    }

    @Override
    public Map<StorePath, Set<String>> findRoots() {
        return queries.roots();
    }

    @Override
    public void setOptions(ClientSettings settings) {
        context.settings().apply(settings);
    }

    @Override
    public GcRequest.Outcome collectGarbage(GcRequest request) {
        try {
            return maintenance.collect(request);
        } finally {
            lease.deleted();
        }
    }

    @Override
    public void optimiseStore() {
        maintenance.optimise();
    }

    @Override
    public boolean verifyStore(boolean checkContents, boolean repair) {
        try {
            return maintenance.verify(checkContents, repair);
        } finally {
            lease.deleted();
        }
    }

    @Override
    public void addBuildLog(StorePath drvPath, InputStream log) throws IOException {
        incoming.log(drvPath, log);
    }

    @Override
    public void buildPaths(List<DerivedPath> targets, BuildMode mode) {
        building.paths(targets, mode);
    }

    @Override
    public List<BuildResult.Keyed> buildPathsWithResults(List<DerivedPath> targets, BuildMode mode) {
        return building.results(targets, mode);
    }

    @Override
    public BuildResult buildDerivation(StorePath drvPath, Derivation drv, BuildMode mode) {
        return building.derivation(drvPath, drv, mode);
    }

    @Override
    public void registerDrvOutput(Realisation realisation) {
        incoming.realisation(realisation);
    }

    @Override
    public Optional<Realisation> queryRealisation(DrvOutput output) {
        return queries.realisation(output);
    }

    @Override
    public void close() {
        context.fetching().close();
        lease.close();
    }
}
