package dev.berth.gateway;

import dev.berth.nix.Derivation;
import dev.berth.nix.DrvOutput;
import dev.berth.nix.Hash;
import dev.berth.nix.Realisation;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Asks substituters what outputs of content-addressed derivations came out as (libstore/build/drv-output-substitution-goal.cc).
 * Both generations of realisations are asked for: by the hash of the derivation, and by its path, as newer caches have them.
 */
final class OutputSearch {
    private final Context context;
    private final Queries queries;
    private final Set<DrvOutput> visited = new HashSet<>();

    OutputSearch(Context context, Queries queries) {
        this.context = context;
        this.queries = queries;
    }

    /** The path that an output came out as, as a trusted substituter or signature says; nothing is fetched. */
    Optional<StorePath> find(StorePath drvPath, Derivation drv, String output) {
        return search(drvPath, drv, output).map(Realisation::outPath);
    }

    /** As {@link #find}, and makes the path valid and its realisation known here. */
    Optional<StorePath> fetch(StorePath drvPath, Derivation drv, String output) {
        return search(drvPath, drv, output).filter(this::take).map(Realisation::outPath);
    }

    private Optional<Realisation> search(StorePath drvPath, Derivation drv, String output) {
        Optional<Hash> hash = Optional.ofNullable(queries.outputHashes(drv).get(output));
        return hash.map(known -> new DrvOutput.ByHash(known, output))
                .flatMap(id -> ask(id).or(() -> ask(new DrvOutput.ByPath(drvPath, output))
                        // The signature is of the other text, and was checked.
                        .map(found -> Realisation.of(id, found.outPath()))));
    }

    private Optional<Realisation> ask(DrvOutput id) {
        boolean signed = !context.settings().takesUnsignedOutputs();
        return context.substituters()
                .realisation(id, signed, failure -> context.log().warn(failure.getMessage()));
    }

    /** Makes a realisation's path valid, and it and those that it depends on known; whether that went well. */
    private boolean take(Realisation realisation) {
        try {
            for (var dependent : realisation.dependentRealisations().entrySet()) {
                if (!dependent.getKey().equals(realisation.id())
                        && !depends(dependent.getKey(), dependent.getValue())) {
                    return false;
                }
            }
            if (!context.isValid(realisation.outPath())) {
                new Fetching(context).fetch(List.of(realisation.outPath()));
            }
            context.store().realisations().register(realisation);
            return true;
        } catch (StoreException e) {
            context.log().warn(e.getMessage());
            return false;
        }
    }

    private boolean depends(DrvOutput id, StorePath path) {
        if (!visited.add(id)) {
            return true;
        }
        Optional<Realisation> known = queries.realisation(id);
        boolean good = known.map(it -> it.outPath().equals(path))
                .orElseGet(() -> ask(id).filter(it -> it.outPath().equals(path))
                        .filter(this::take)
                        .isPresent());
        if (!good) {
            context.log()
                    .warn("the realisation of an output depends on '" + context.show(path)
                            + "' as another output, of which this is not known; it is not used");
        }
        return good;
    }
}
