package dev.berth.wire.worker;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.LogSink;
import dev.berth.wire.Missing;
import dev.berth.wire.PathStream;
import dev.berth.wire.RemoteException;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.SubstitutablePathInfo;
import dev.berth.wire.Timeouts;
import dev.berth.wire.Transport;
import dev.berth.wire.TrustedFlag;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A client of a Nix daemon, or of anything that speaks the worker protocol 1.21 to 1.38 (libstore/remote-store.cc).
 *
 * <p>What a daemon refuses is a {@link RemoteException} in its words, and the connection is good for more. What goes wrong
 * with the connection is one with {@link RemoteException#connectionLost}, and every later call fails like that. An
 * {@link IOException} comes from a stream that was passed in; if that was half-way in a NAR that is received, or in what
 * has no end of its own, the connection is closed too: see {@link #isClosed}. One call at a time.
 */
public final class WorkerClient implements StoreOperations {
    private final ClientConnection connection;
    private final ClientQueries queries;
    private final ClientAdditions additions;
    private final ClientMaintenance maintenance;
    private final ClientBuilds builds;

    private WorkerClient(ClientConnection connection) {
        this.connection = connection;
        this.queries = new ClientQueries(connection);
        this.additions = new ClientAdditions(connection, queries);
        this.maintenance = new ClientMaintenance(connection);
        this.builds = new ClientBuilds(connection, queries);
    }

    /**
     * Shakes hands. The daemon has its own settings until {@link #setOptions}, which Nix's clients call first.
     *
     * @param transport closed with the client, or if this fails
     * @param storeDir of the daemon's paths
     * @throws RemoteException if the daemon refuses, or the peer is none
     */
    public static WorkerClient connect(Transport transport, StoreDir storeDir, Timeouts timeouts) {
        return connect(transport, storeDir, timeouts, Dialect.NEWEST, Dialect.KNOWN_FEATURES);
    }

    static WorkerClient connect(
            Transport transport, StoreDir storeDir, Timeouts timeouts, int newest, Set<String> features) {
        return new WorkerClient(ClientConnection.open(transport, storeDir, timeouts, newest, features));
    }

    /** From now on the sink takes what the daemon says; nobody did before. */
    public void setLog(LogSink log) {
        connection.log(log);
    }

    /** The protocol's version that both speak, such as {@code 1.34}. */
    public String protocol() {
        return connection.dialect().toString();
    }

    /** The daemon's version of Nix; from protocol 1.33 on. */
    public Optional<String> nixVersion() {
        return connection.greeting().nixVersion();
    }

    /** The features that both know. */
    public Set<String> features() {
        return connection.dialect().features();
    }

    /** Whether the daemon trusts us; from protocol 1.35 on. */
    public TrustedFlag trusted() {
        return connection.greeting().trusted();
    }

    /** Whether the connection can't be used any more. */
    public boolean isClosed() {
        return connection.isClosed();
    }

    @Override
    public void close() {
        connection.close();
    }

    @Override
    public boolean isValidPath(StorePath path) {
        return queries.isValidPath(path);
    }

    @Override
    public Optional<PathInfo> queryPathInfo(StorePath path) {
        return queries.queryPathInfo(path);
    }

    @Override
    public Map<StorePath, PathInfo> queryPathInfos(Collection<StorePath> paths) {
        return queries.queryPathInfos(paths);
    }

    @Override
    public Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute) {
        return queries.queryValidPaths(paths, substitute);
    }

    @Override
    public Set<StorePath> queryAllValidPaths() {
        return queries.queryAllValidPaths();
    }

    @Override
    public Optional<StorePath> queryPathFromHashPart(String hashPart) {
        return queries.queryPathFromHashPart(hashPart);
    }

    @Override
    public Set<StorePath> queryReferrers(StorePath path) {
        return queries.queryReferrers(path);
    }

    @Override
    public Set<StorePath> queryValidDerivers(StorePath path) {
        return queries.queryValidDerivers(path);
    }

    @Override
    public Map<String, Optional<StorePath>> queryDerivationOutputMap(StorePath drvPath) {
        return queries.queryDerivationOutputMap(drvPath);
    }

    @Override
    public Set<StorePath> querySubstitutablePaths(Collection<StorePath> paths) {
        return queries.querySubstitutablePaths(paths);
    }

    @Override
    public Map<StorePath, SubstitutablePathInfo> querySubstitutablePathInfos(
            Map<StorePath, Optional<ContentAddress>> paths) {
        return queries.querySubstitutablePathInfos(paths);
    }

    @Override
    public Missing queryMissing(List<DerivedPath> targets) {
        return queries.queryMissing(targets);
    }

    @Override
    public void narFromPath(StorePath path, NarSink sink) throws IOException {
        queries.narFromPath(path, sink);
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
        return additions.addToStore(name, method, algorithm, references, repair, dump);
    }

    @Override
    public void addToStoreNar(PathInfo info, boolean repair, boolean dontCheckSigs, NarSource nar) throws IOException {
        additions.addToStoreNar(info, repair, dontCheckSigs, nar);
    }

    @Override
    public void addMultipleToStore(PathStream paths, boolean repair, boolean dontCheckSigs) throws IOException {
        additions.addMultipleToStore(paths, repair, dontCheckSigs);
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        additions.addSignatures(path, signatures);
    }

    @Override
    public void addBuildLog(StorePath drvPath, InputStream log) throws IOException {
        additions.addBuildLog(drvPath, log);
    }

    @Override
    public void ensurePath(StorePath path) {
        maintenance.ensurePath(path);
    }

    @Override
    public void addTempRoot(StorePath path) {
        maintenance.addTempRoot(path);
    }

    @Override
    public void addIndirectRoot(String link) {
        maintenance.addIndirectRoot(link);
    }

    @Override
    public String addPermRoot(StorePath path, String link) {
        return maintenance.addPermRoot(path, link);
    }

    @Override
    public Map<StorePath, Set<String>> findRoots() {
        return maintenance.findRoots();
    }

    @Override
    public void setOptions(ClientSettings settings) {
        maintenance.setOptions(settings);
    }

    @Override
    public GcRequest.Outcome collectGarbage(GcRequest request) {
        return maintenance.collectGarbage(request);
    }

    @Override
    public void optimiseStore() {
        maintenance.optimiseStore();
    }

    @Override
    public boolean verifyStore(boolean checkContents, boolean repair) {
        return maintenance.verifyStore(checkContents, repair);
    }

    @Override
    public void buildPaths(List<DerivedPath> targets, BuildMode mode) {
        builds.buildPaths(targets, mode);
    }

    @Override
    public List<BuildResult.Keyed> buildPathsWithResults(List<DerivedPath> targets, BuildMode mode) {
        return builds.buildPathsWithResults(targets, mode);
    }

    @Override
    public BuildResult buildDerivation(StorePath drvPath, Derivation drv, BuildMode mode) {
        return builds.buildDerivation(drvPath, drv, mode);
    }

    @Override
    public void registerDrvOutput(Realisation realisation) {
        builds.registerDrvOutput(realisation);
    }

    @Override
    public Optional<Realisation> queryRealisation(DrvOutput output) {
        return queries.queryRealisation(output);
    }
}
