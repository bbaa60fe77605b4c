package dev.berth.gateway;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationOptions;
import dev.berth.nix.DerivedPath;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.OutputsSpec;
import dev.berth.nix.Realisation;
import dev.berth.nix.SingleDerivedPath;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.wire.BuildMode;
import dev.berth.wire.BuildResult;
import dev.berth.wire.BuildResult.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What builds are asked for (libstore/build/entry-points.cc): what is valid or can be fetched is given, and nothing is
 * built.
 */
final class Building {
    private final Context context;
    private final Queries queries;

    Building(Context context) {
        this.context = context;
        this.queries = new Queries(context);
    }

    void paths(List<DerivedPath> targets, BuildMode mode) {
        List<BuildResult.Keyed> failed = results(targets, mode).stream()
                .filter(keyed -> !keyed.result().status().success())
                .toList();
        if (failed.size() == 1) {
            throw Refusal.of(failed.getFirst().result().errorMsg());
        }
        if (!failed.isEmpty()) {
            failed.forEach(
                    keyed -> context.log().error("error: " + keyed.result().errorMsg()));
            throw Refusal.of("build of "
                    + failed.stream()
                            .map(keyed -> "'" + base(keyed.path()) + "'")
                            .collect(Collectors.joining(", "))
                    + " failed");
        }
    }

    private String base(DerivedPath target) {
        return switch (target) {
            case DerivedPath.Opaque(StorePath path) -> context.show(path);
            case DerivedPath.Built(SingleDerivedPath drv, OutputsSpec _) -> context.show(drv.base());
        };
    }

    List<BuildResult.Keyed> results(List<DerivedPath> targets, BuildMode mode) {
        if (mode == BuildMode.REPAIR) {
            context.requireTrust("repairing is not allowed because you are not in 'trusted-users'");
        }
        List<BuildResult.Keyed> results = new ArrayList<>();
        for (DerivedPath target : targets) {
            BuildResult result = switch (target) {
                case DerivedPath.Opaque(StorePath path) -> path(path, mode);
                case DerivedPath.Built(SingleDerivedPath.Opaque(StorePath drv), OutputsSpec outputs) ->
                    outputs(drv, outputs, mode);
                case DerivedPath.Built(SingleDerivedPath.Built drv, OutputsSpec _) ->
                    noBuilder(drv.print(context.store().storeDir()));
            };
            results.add(new BuildResult.Keyed(target, result));
        }
        return results;
    }

    private BuildResult path(StorePath path, BuildMode mode) {
        try {
            if (mode == BuildMode.REPAIR && context.isValid(path)) {
                return new Repair(context).mend(path)
                        ? BuildResult.of(Status.SUBSTITUTED, "")
                        : BuildResult.of(Status.ALREADY_VALID, "");
            }
            if (context.isValid(path)) {
                return BuildResult.of(Status.ALREADY_VALID, "");
            }
            new Fetching(context).fetch(List.of(path));
            return BuildResult.of(Status.SUBSTITUTED, "");
        } catch (StoreException e) {
            // Nix's word where there is none; where there are some, the message says what each of them said.
            String why = context.settings().now().fetchesFrom().isEmpty()
                    ? "but there is no substituter that can build it: "
                    : "but cannot be fetched: ";
            return BuildResult.of(
                    Status.NO_SUBSTITUTERS, "path '" + context.show(path) + "' is required, " + why + e.getMessage());
        }
    }

    private BuildResult outputs(StorePath drvPath, OutputsSpec wanted, BuildMode mode) {
        if (!path(drvPath, BuildMode.NORMAL).status().success()) {
            return BuildResult.of(
                    Status.MISC_FAILURE, "cannot build missing derivation '" + context.show(drvPath) + "'");
        }
        Derivation drv = context.store().derivation(drvPath);
        Map<String, Optional<StorePath>> outputs = new TreeMap<>(queries.derivationOutputs(drvPath));
        requireOutputs(drvPath, wanted, outputs.keySet());
        outputs.keySet().removeIf(name -> !wanted.contains(name));
        if (mode == BuildMode.NORMAL) {
            substituteUnknown(drvPath, drv, outputs);
        }
        return realise(context.show(drvPath), drv, outputs, mode);
    }

    /** Outputs whose paths nobody knew here may be known to substituters; what they name is fetched and written down. */
    private void substituteUnknown(StorePath drvPath, Derivation drv, Map<String, Optional<StorePath>> outputs) {
        if (mayFetch(drv)) {
            OutputSearch search = new OutputSearch(context, queries);
            outputs.replaceAll((name, known) -> known.or(() -> search.fetch(drvPath, drv, name)));
        }
    }

    private void requireOutputs(StorePath drvPath, OutputsSpec wanted, Set<String> there) {
        if (wanted instanceof OutputsSpec.Names(var names)) {
            Set<String> absent = new TreeSet<>(names);
            absent.removeAll(there);
            if (!absent.isEmpty()) {
                throw Refusal.of("derivation '" + context.show(drvPath) + "' does not have wanted outputs "
                        + absent.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", ")));
            }
        }
    }

    /**
     * A derivation that a client has and this store may not (libstore/daemon.cc, {@code BuildDerivation}): its output paths
     * are proven by its content, or taken from who is trusted.
     */
    BuildResult derivation(StorePath drvPath, Derivation drv, BuildMode mode) {
        boolean proven = switch (drv.type()) {
            case FIXED, FLOATING, IMPURE -> true;
            case INPUT_ADDRESSED, DEFERRED -> false;
        };
        if (!proven) {
            context.requireTrust("you are not privileged to build input-addressed derivations");
        }
        if (mode == BuildMode.REPAIR) {
            context.requireTrust("repairing is not allowed because you are not in 'trusted-users'");
        }
        Map<String, StorePath> known = drv.knownOutputPaths(context.store().storeDir());
        Map<String, Optional<StorePath>> outputs = new TreeMap<>();
        Map<String, Hash> hashes = queries.outputHashes(drv);
        for (String name : drv.outputs().keySet()) {
            Optional<StorePath> path = Optional.ofNullable(known.get(name))
                    .or(() -> Optional.ofNullable(hashes.get(name))
                            .flatMap(hash -> queries.realisation(new DrvOutput.ByHash(hash, name)))
                            .map(Realisation::outPath));
            outputs.put(name, path);
        }
        if (mode == BuildMode.NORMAL) {
            substituteUnknown(drvPath, drv, outputs);
        }
        return realise(context.show(drvPath), drv, outputs, mode);
    }

    private BuildResult realise(
            String drvPath, Derivation drv, Map<String, Optional<StorePath>> outputs, BuildMode mode) {
        if (mode == BuildMode.CHECK || outputs.values().stream().anyMatch(Optional::isEmpty)) {
            return noBuilder(drvPath);
        }
        Set<StorePath> paths =
                outputs.values().stream().flatMap(Optional::stream).collect(Collectors.toSet());
        Set<StorePath> missing = new TreeSet<>(paths);
        missing.removeAll(context.store().validPaths(paths));
        try {
            boolean mended = false;
            if (mode == BuildMode.REPAIR) {
                for (StorePath path : context.store().validPaths(paths)) {
                    mended |= new Repair(context).mend(path);
                }
            }
            if (missing.isEmpty()) {
                return done(mended ? Status.SUBSTITUTED : Status.ALREADY_VALID, drv, outputs);
            }
            if (mayFetch(drv)) {
                new Fetching(context).fetch(missing);
                return done(Status.SUBSTITUTED, drv, outputs);
            }
        } catch (StoreException e) {
            context.log().warn(e.getMessage());
        }
        return noBuilder(drvPath);
    }

    private boolean mayFetch(Derivation drv) {
        return !context.settings().now().fetchesFrom().isEmpty()
                && DerivationOptions.of(context.store().storeDir(), drv).allowSubstitutes();
    }

    private BuildResult done(Status status, Derivation drv, Map<String, Optional<StorePath>> outputs) {
        Map<String, Hash> hashes = queries.outputHashes(drv);
        NavigableMap<String, Realisation> built = new TreeMap<>();
        outputs.forEach((name, path) -> {
            Hash hash = hashes.get(name);
            if (hash != null && path.isPresent()) {
                built.put(name, Realisation.of(new DrvOutput.ByHash(hash, name), path.get()));
            }
        });
        return new BuildResult(status, "", 0, false, 0, 0, Optional.empty(), Optional.empty(), built);
    }

    private static BuildResult noBuilder(String drvPath) {
        return BuildResult.of(
                Status.MISC_FAILURE,
                "cannot build '" + drvPath
                        + "': there is no builder here, Berth cannot build yet; build it elsewhere and copy the outputs");
    }
}
