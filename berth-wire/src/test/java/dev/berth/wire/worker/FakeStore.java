package dev.berth.wire.worker;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.ClientSettings;
import dev.berth.wire.GcRequest;
import dev.berth.wire.LogSink;
import dev.berth.wire.Missing;
import dev.berth.wire.PathStream;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.SubstitutablePathInfo;
import dev.berth.wire.TrustedFlag;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** A store that writes down what it is asked, and answers whatever the test puts there. One client. */
class FakeStore implements StoreService, StoreOperations {
    /** What happens in a call, before it is answered. */
    @FunctionalInterface
    interface Behaviour {
        void run(LogSink log) throws IOException;
    }

    final Set<String> features;
    volatile List<Object> asked = List.of();
    volatile Object answer = "";

    /** What is answered to a method; {@link #answer} if nothing else was set. */
    volatile Function<String, Object> answers = method -> answer;

    volatile NarSource nar = sink -> {};
    volatile Behaviour before = log -> {};
    volatile boolean closed;
    private volatile LogSink log = LogSink.none();

    FakeStore(Set<String> features) {
        this.features = features;
    }

    @Override
    public StoreDir storeDir() {
        return StoreDir.DEFAULT;
    }

    @Override
    public String nixVersion() {
        return "2.26.3";
    }

    @Override
    public Set<String> features() {
        return features;
    }

    @Override
    public TrustedFlag trustedFlag(boolean trusted) {
        return trusted ? TrustedFlag.TRUSTED : TrustedFlag.NOT_TRUSTED;
    }

    @Override
    public StoreOperations open(boolean trusted, LogSink sink) {
        log = sink;
        return this;
    }

    /** Unchecked on purpose: a test that puts the wrong answer there fails. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private <T> T called(Object... what) {
        asked = Arrays.asList(what);
        try {
            before.run(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
        return (T) answers.apply((String) what[0]);
    }

    private static Hash hash(NarSource source) throws IOException {
        NarHasher hasher = new NarHasher();
        source.sendTo(hasher);
        return hasher.hash();
    }

    @Override
    public boolean isValidPath(StorePath path) {
        return this.<Boolean>called("isValidPath", path);
    }

    @Override
    public Optional<PathInfo> queryPathInfo(StorePath path) {
        return called("queryPathInfo", path);
    }

    @Override
    public Set<StorePath> queryValidPaths(Collection<StorePath> paths, boolean substitute) {
        return called("queryValidPaths", new TreeSet<>(paths), substitute);
    }

    @Override
    public Set<StorePath> queryAllValidPaths() {
        return called("queryAllValidPaths");
    }

    @Override
    public Optional<StorePath> queryPathFromHashPart(String hashPart) {
        return called("queryPathFromHashPart", hashPart);
    }

    @Override
    public Set<StorePath> queryReferrers(StorePath path) {
        return called("queryReferrers", path);
    }

    @Override
    public Set<StorePath> queryValidDerivers(StorePath path) {
        return called("queryValidDerivers", path);
    }

    @Override
    public Map<String, Optional<StorePath>> queryDerivationOutputMap(StorePath drvPath) {
        return called("queryDerivationOutputMap", drvPath);
    }

    @Override
    public Set<StorePath> querySubstitutablePaths(Collection<StorePath> paths) {
        return called("querySubstitutablePaths", new TreeSet<>(paths));
    }

    @Override
    public Map<StorePath, SubstitutablePathInfo> querySubstitutablePathInfos(
            Map<StorePath, Optional<ContentAddress>> paths) {
        return called("querySubstitutablePathInfos", paths);
    }

    @Override
    public Missing queryMissing(List<DerivedPath> targets) {
        return called("queryMissing", targets);
    }

    @Override
    public void narFromPath(StorePath path, NarSink sink) throws IOException {
        called("narFromPath", path);
        nar.sendTo(sink);
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
        Hash hash = Hash.sha256(dump.readAllBytes());
        return called("addToStore", name, method, algorithm, new TreeSet<>(references), repair, hash);
    }

    @Override
    public void addToStoreNar(PathInfo info, boolean repair, boolean dontCheckSigs, NarSource source)
            throws IOException {
        before.run(log);
        asked = List.of("addToStoreNar", info, repair, dontCheckSigs, hash(source));
    }

    @Override
    public void addMultipleToStore(PathStream paths, boolean repair, boolean dontCheckSigs) throws IOException {
        List<Object> all = new ArrayList<>(List.of("addMultipleToStore", paths.count(), repair, dontCheckSigs));
        paths.sendTo((info, source) -> {
            before.run(log);
            all.add(info);
            all.add(hash(source));
        });
        asked = all;
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        called("addSignatures", path, new TreeSet<>(signatures));
    }

    @Override
    public void ensurePath(StorePath path) {
        called("ensurePath", path);
    }

    @Override
    public void addTempRoot(StorePath path) {
        called("addTempRoot", path);
    }

    @Override
    public void addIndirectRoot(String link) {
        called("addIndirectRoot", link);
    }

    @Override
    public String addPermRoot(StorePath path, String link) {
        return called("addPermRoot", path, link);
    }

    @Override
    public Map<StorePath, Set<String>> findRoots() {
        return called("findRoots");
    }

    @Override
    public void setOptions(ClientSettings settings) {
        called("setOptions", settings);
    }

    @Override
    public GcRequest.Outcome collectGarbage(GcRequest request) {
        return called("collectGarbage", request);
    }

    @Override
    public void optimiseStore() {
        called("optimiseStore");
    }

    @Override
    public boolean verifyStore(boolean checkContents, boolean repair) {
        return this.<Boolean>called("verifyStore", checkContents, repair);
    }

    @Override
    public void addBuildLog(StorePath drvPath, InputStream build) throws IOException {
        Hash hash = Hash.sha256(build.readAllBytes());
        called("addBuildLog", drvPath, hash);
    }

    @Override
    public void buildPaths(List<DerivedPath> targets, BuildMode mode) {
        called("buildPaths", targets, mode);
    }

    @Override
    public List<BuildResult.Keyed> buildPathsWithResults(List<DerivedPath> targets, BuildMode mode) {
        return called("buildPathsWithResults", targets, mode);
    }

    @Override
    public BuildResult buildDerivation(StorePath drvPath, Derivation drv, BuildMode mode) {
        return called("buildDerivation", drvPath, drv, mode);
    }

    @Override
    public void registerDrvOutput(Realisation realisation) {
        called("registerDrvOutput", realisation);
    }

    @Override
    public Optional<Realisation> queryRealisation(DrvOutput output) {
        return called("queryRealisation", output);
    }

    @Override
    public void close() {
        closed = true;
    }
}
