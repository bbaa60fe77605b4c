package dev.berth.gateway;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Realisation;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.local.AdditionBatch;
import dev.berth.wire.PathStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Optional;

/** What a session adds to a local store (libstore/local-store.cc, {@code addToStore} and the like). */
final class Incoming {
    private final Context context;

    Incoming(Context context) {
        this.context = context;
    }

    PathInfo dump(
            String name,
            ContentAddressMethod method,
            HashAlgorithm algorithm,
            Collection<StorePath> references,
            boolean repair,
            InputStream dump) {
        PathInfo info = context.store().addFrom(dump, name, method, algorithm, references, repair);
        optimise(info.path());
        return info;
    }

    void nar(PathInfo claimed, boolean repair, boolean dontCheckSigs, NarSource nar) {
        PathInfo info = context.trusted() ? claimed : claimed.withUltimate(false);
        requireSignature(info, dontCheckSigs);
        if (repair) {
            repair(info, nar);
        } else {
            context.store().add(info, nar);
        }
        optimise(info.path());
    }

    // Who is not trusted may bring back what was registered, but not change what is valid for others.
    private void repair(PathInfo info, NarSource nar) {
        Optional<PathInfo> known = context.store().pathInfo(info.path());
        if (known.isPresent() && !known.get().narHash().equals(info.narHash())) {
            context.requireTrust("you are not privileged to repair paths: '" + context.show(info.path())
                    + "' is registered with another hash");
        }
        context.store().repair(info, nar);
    }

    void stream(PathStream paths, boolean repair, boolean dontCheckSigs) throws IOException {
        try (AdditionBatch batch = context.store().batch()) {
            paths.sendTo((claimed, nar) -> {
                PathInfo info = claimed.withUltimate(false);
                if (repair) {
                    // What it refers to may be in the batch.
                    batch.flush();
                    nar(info, true, dontCheckSigs, nar);
                    return;
                }
                requireSignature(info, dontCheckSigs);
                batch.add(info, nar);
                if (context.settings().now().autoOptimise()) {
                    batch.flush();
                    optimise(info.path());
                }
            });
        }
    }

    private void requireSignature(PathInfo info, boolean dontCheckSigs) {
        if (!(dontCheckSigs && context.trusted())) {
            Signatures.require(
                    info, context.store().storeDir(), context.settings().now());
        }
    }

    private void optimise(StorePath path) {
        if (context.settings().now().autoOptimise()) {
            context.store().upkeep().optimise(path);
        }
    }

    void log(StorePath drvPath, InputStream log) throws IOException {
        context.requireTrust("you are not privileged to add logs");
        context.store().upkeep().buildLogs().add(drvPath, log);
    }

    /** Unlike Nix, asks of clients that are not trusted for a signature: others' builds will take the path for the output. */
    void realisation(Realisation realisation) {
        if (!context.trusted()) {
            Signatures.require(realisation, context.settings().now());
        }
        context.store().realisations().register(byHash(realisation));
    }

    // The store knows outputs by hash. A signature of the other text proves nothing there.
    private Realisation byHash(Realisation realisation) {
        return switch (realisation.id()) {
            case DrvOutput.ByHash _ -> realisation;
            case DrvOutput.ByPath id ->
                Realisation.of(
                        new Queries(context)
                                .byHash(id)
                                .orElseThrow(() -> Refusal.of("cannot register the realisation of output '"
                                        + id.outputName() + "' of '" + context.show(id.drvPath())
                                        + "': the derivation is not valid here; add that first")),
                        realisation.outPath());
        };
    }
}
