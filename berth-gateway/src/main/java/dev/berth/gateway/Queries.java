package dev.berth.gateway;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationPaths;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StorePath;
import dev.berth.store.Substituters;
import dev.berth.wire.SubstitutablePathInfo;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a session asks of a local store beyond what the store answers itself (libstore/store-api.cc). */
final class Queries {
    private static final Set<String> CENSORED = Set.of("{censored}");

    private final Context context;

    Queries(Context context) {
        this.context = context;
    }

    /** The outputs of a valid derivation: the paths that stand in it, or else what realisations say. */
    Map<String, Optional<StorePath>> derivationOutputs(StorePath drvPath) {
        Map<String, Optional<StorePath>> outputs = new TreeMap<>();
        if (!context.isValid(drvPath)) {
            throw Refusal.of("path '" + context.show(drvPath) + "' is not valid");
        }
        Derivation drv = context.store().derivation(drvPath);
        Map<String, StorePath> known = drv.knownOutputPaths(context.store().storeDir());
        drv.outputs().keySet().forEach(name -> outputs.put(name, Optional.ofNullable(known.get(name))));
        if (known.size() < outputs.size()) {
            outputHashes(drv).forEach((name, hash) -> {
                if (!known.containsKey(name)) {
                    outputs.put(name, realisation(hash, name).map(Realisation::outPath));
                }
            });
        }
        return outputs;
    }

    /** The hash modulo of each output, in the key of its realisation; none if a derivation must be built first. */
    Map<String, Hash> outputHashes(Derivation drv) {
        return new DerivationPaths(context.store().storeDir(), context.store()::derivation)
                .modulo(drv)
                .hashes();
    }

    private Optional<Realisation> realisation(Hash hash, String outputName) {
        return context.store().realisations().find(new DrvOutput.ByHash(hash, outputName));
    }

    Optional<Realisation> realisation(DrvOutput output) {
        return switch (output) {
            case DrvOutput.ByHash id -> context.store().realisations().find(id);
            case DrvOutput.ByPath id ->
                byHash(id)
                        .flatMap(key -> context.store().realisations().find(key))
                        // Signatures by hash are of another text.
                        .map(found -> Realisation.of(id, found.outPath()));
        };
    }

    /** The key by hash of an output by path; empty if its derivation is not here. */
    Optional<DrvOutput.ByHash> byHash(DrvOutput.ByPath id) {
        if (!context.isValid(id.drvPath())) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                        outputHashes(context.store().derivation(id.drvPath())).get(id.outputName()))
                .map(hash -> new DrvOutput.ByHash(hash, id.outputName()));
    }

    /** Makes valid what can be fetched of the paths, and gives those that are. */
    Set<StorePath> validPaths(Collection<StorePath> paths, boolean substitute) {
        if (substitute) {
            Set<StorePath> missing = new TreeSet<>(paths);
            missing.removeAll(context.store().validPaths(paths));
            Set<StorePath> offered = missing.isEmpty() ? Set.of() : substitutable(missing);
            if (!offered.isEmpty()) {
                new Fetching(context).tryFetch(offered);
            }
        }
        // Who is told of a path relies on it, and leaves it out of what it sends: from now on it stays.
        Set<StorePath> valid = context.store().validPaths(paths);
        context.store().addTempRoots(valid);
        return context.store().validPaths(valid);
    }

    Set<StorePath> substitutable(Collection<StorePath> paths) {
        return context.substituters().having(paths, failure -> context.log().warn(failure.getMessage()));
    }

    Map<StorePath, SubstitutablePathInfo> substitutableInfos(Collection<StorePath> paths) {
        Map<StorePath, SubstitutablePathInfo> infos = new TreeMap<>();
        paths.forEach(path -> substitutable(path).ifPresent(info -> infos.put(path, info)));
        return infos;
    }

    Optional<SubstitutablePathInfo> substitutable(StorePath path) {
        return context.substituters()
                .find(path, failure -> context.log().warn(failure.getMessage()))
                .map(Queries::substitutable);
    }

    private static SubstitutablePathInfo substitutable(Substituters.Available available) {
        PathInfo info = available.info();
        return new SubstitutablePathInfo(info.deriver(), info.references(), available.downloadSize(), info.narSize());
    }

    /** The roots; what runs and what other sessions hold is not named to clients that are not trusted. */
    Map<StorePath, Set<String>> roots() {
        Map<StorePath, Set<String>> roots = context.store().findRoots();
        if (context.trusted()) {
            return roots;
        }
        Map<StorePath, Set<String>> censored = new TreeMap<>();
        roots.forEach((path, holders) -> {
            Set<String> shown = new TreeSet<>();
            holders.forEach(holder -> shown.addAll(isPrivate(holder) ? CENSORED : Set.of(holder)));
            censored.put(path, shown);
        });
        return censored;
    }

    private static boolean isPrivate(String holder) {
        return holder.startsWith("{") || holder.startsWith("/proc/");
    }
}
