package dev.berth.wire.worker;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.Realisation;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StorePath;
import dev.berth.wire.BasicDerivationCodec;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.RemoteException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Has a daemon build. */
final class ClientBuilds {
    private final ClientConnection connection;
    private final ClientQueries queries;
    private final Dialect dialect;

    ClientBuilds(ClientConnection connection, ClientQueries queries) {
        this.connection = connection;
        this.queries = queries;
        this.dialect = connection.dialect();
    }

    private void checkSayable(List<DerivedPath> targets) {
        ClientConnection.sayable(() -> targets.forEach(target -> DerivedPathCodec.print(dialect, target)));
    }

    void buildPaths(List<DerivedPath> targets, BuildMode mode) {
        checkSayable(targets);
        connection.workForOne(Operation.BUILD_PATHS, out -> {
            DerivedPathCodec.writeAll(out, dialect, targets);
            BuildResultCodec.writeMode(out, mode);
        });
    }

    /** Before 1.34 a failure is an error, and what came out is asked for afterwards. */
    List<BuildResult.Keyed> buildPathsWithResults(List<DerivedPath> targets, BuildMode mode) {
        if (!dialect.atLeast(34)) {
            buildPaths(targets, mode);
            List<BuildResult.Keyed> results = new ArrayList<>();
            targets.forEach(target -> results.add(new BuildResult.Keyed(target, resultOf(target))));
            return results;
        }
        checkSayable(targets);
        return connection.work(
                Operation.BUILD_PATHS_WITH_RESULTS,
                out -> {
                    DerivedPathCodec.writeAll(out, dialect, targets);
                    BuildResultCodec.writeMode(out, mode);
                },
                in -> in.list(each -> BuildResultCodec.readKeyed(each, dialect)));
    }

    private BuildResult resultOf(DerivedPath target) {
        return switch (target) {
            case DerivedPath.Opaque _ -> BuildResult.of(BuildResult.Status.SUBSTITUTED, "");
            case DerivedPath.Built(SingleDerivedPath drv, OutputsSpec outputs) -> built(drv.base(), outputs);
        };
    }

    private BuildResult built(StorePath drvPath, OutputsSpec outputs) {
        NavigableMap<String, Realisation> realisations = new TreeMap<>();
        for (Map.Entry<String, Optional<StorePath>> output :
                queries.queryDerivationOutputMap(drvPath).entrySet()) {
            String name = output.getKey();
            if (outputs.contains(name)) {
                output.getValue()
                        .ifPresent(path -> realisations.put(name, Realisation.of(RealisationCodec.dummy(name), path)));
            }
        }
        BuildResult plain = BuildResult.of(BuildResult.Status.BUILT, "");
        return new BuildResult(
                plain.status(),
                plain.errorMsg(),
                plain.timesBuilt(),
                plain.isNonDeterministic(),
                plain.startTime(),
                plain.stopTime(),
                plain.cpuUser(),
                plain.cpuSystem(),
                realisations);
    }

    BuildResult buildDerivation(StorePath drvPath, Derivation derivation, BuildMode mode) {
        return connection.work(
                Operation.BUILD_DERIVATION,
                out -> {
                    out.storePath(connection.storeDir(), drvPath);
                    BasicDerivationCodec.write(out, connection.storeDir(), derivation);
                    BuildResultCodec.writeMode(out, mode);
                },
                in -> BuildResultCodec.read(in, dialect, Optional.of(drvPath)));
    }

    void registerDrvOutput(Realisation realisation) {
        if (!dialect.atLeast(27)) {
            throw new RemoteException(
                    "can't register a realisation: the daemon speaks protocol " + dialect + ", not 1.27",
                    0,
                    List.of(),
                    false);
        }
        ClientConnection.sayable(() -> RealisationCodec.checkSayable(dialect, realisation.id()));
        connection.work(
                Operation.REGISTER_DRV_OUTPUT,
                out -> RealisationCodec.write(out, dialect, realisation),
                in -> realisation);
    }
}
