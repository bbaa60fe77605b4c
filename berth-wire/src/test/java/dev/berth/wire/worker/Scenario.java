package dev.berth.wire.worker;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.wire.BuildMode;
import dev.berth.wire.RemoteException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A session in which a client asks for everything once, in an order of the seed's. */
final class Scenario {
    private final Dialect dialect;
    private final Any any;

    Scenario(Dialect dialect, long seed) {
        this.dialect = dialect;
        this.any = new Any(seed);
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    /** What a store answers that has all types right. */
    static Object answer(Any any, Dialect dialect, String method) {
        return switch (method) {
            case "isValidPath", "verifyStore" -> any.coin();
            case "queryPathInfo" -> any.maybe(any::pathInfo);
            case "queryPathFromHashPart" -> any.maybe(any::path);
            case "queryValidPaths",
                    "queryAllValidPaths",
                    "queryReferrers",
                    "queryValidDerivers",
                    "querySubstitutablePaths" -> any.paths();
            case "queryDerivationOutputMap" -> {
                Map<String, Optional<StorePath>> outputs = new TreeMap<>();
                any.some(3, any::name).forEach(name -> outputs.put(name, any.maybe(any::path)));
                yield outputs;
            }
            case "querySubstitutablePathInfos" -> Map.of(any.path(), any.substitutable());
            case "queryMissing" -> any.missing();
            case "addToStore" -> any.pathInfo();
            case "addPermRoot" -> any.text();
            case "findRoots" -> any.roots();
            case "collectGarbage" -> any.gcOutcome();
            case "buildPathsWithResults" -> any.some(3, () -> any.keyed(dialect));
            case "buildDerivation" -> any.buildResult(dialect, Optional.empty());
            case "queryRealisation" -> any.coin() ? Optional.of(any.realisation(dialect)) : Optional.empty();
            default -> "";
        };
    }

    /** Plays it to its end, or to where the connection is lost. */
    void play(WorkerClient client) throws IOException {
        StorePath path = any.path();
        List<DerivedPath> targets = any.some(3, () -> any.derivedPath(dialect));
        List<PathInfo> infos = any.some(4, any::pathInfo);
        List<NarSource> trees = infos.stream().map(info -> any.tree()).toList();
        Realisation realisation = any.realisation(dialect);
        Derivation derivation = any.derivation(false);
        List<Step> steps = List.of(
                () -> client.setOptions(any.settings()),
                () -> client.isValidPath(path),
                () -> client.queryPathInfo(path),
                () -> client.queryPathInfos(List.of(path, any.path(), any.path())),
                () -> client.queryValidPaths(any.paths(), any.coin()),
                client::queryAllValidPaths,
                () -> client.queryPathFromHashPart(path.hashPart()),
                () -> client.queryReferrers(path),
                () -> client.queryValidDerivers(path),
                () -> client.queryDerivationOutputMap(any.drvPath()),
                () -> client.querySubstitutablePaths(any.paths()),
                () -> client.querySubstitutablePathInfos(Map.of(path, Optional.empty())),
                () -> client.queryMissing(targets),
                () -> client.narFromPath(path, new NarHasher()),
                () -> client.addToStore(
                        "name",
                        any.one(List.of(ContentAddressMethod.TEXT, ContentAddressMethod.FLAT)),
                        HashAlgorithm.SHA256,
                        List.of(),
                        false,
                        new ByteArrayInputStream(any.bytes(any.below(5000)))),
                () -> client.addToStoreNar(any.pathInfo(), any.coin(), any.coin(), any.tree()),
                () -> client.addMultipleToStore(Trees.stream(infos, trees), any.coin(), any.coin()),
                () -> client.addSignatures(path, any.some(2, any::signature)),
                () -> client.addBuildLog(any.drvPath(), new ByteArrayInputStream(any.bytes(any.below(5000)))),
                () -> client.ensurePath(path),
                () -> client.addTempRoot(path),
                () -> client.addIndirectRoot(any.text()),
                () -> client.addPermRoot(path, any.text()),
                client::findRoots,
                () -> client.collectGarbage(any.gcRequest()),
                client::optimiseStore,
                () -> client.verifyStore(any.coin(), any.coin()),
                () -> client.buildPaths(targets, BuildMode.NORMAL),
                () -> client.buildPathsWithResults(targets, BuildMode.CHECK),
                () -> client.buildDerivation(any.path(derivation.name() + ".drv"), derivation, BuildMode.NORMAL),
                () -> client.queryRealisation(realisation.id()),
                () -> client.registerDrvOutput(realisation));
        int start = any.below(steps.size());
        for (int i = 0; i < steps.size() && !client.isClosed(); i++) {
            try {
                steps.get((start + i) % steps.size()).run();
            } catch (RemoteException e) {
                // Refused here, as the protocol is too old, or by what the server answers.
                if (e.connectionLost() && !client.isClosed()) {
                    throw new AssertionError("a lost connection is not closed", e);
                }
            }
        }
    }
}
