package dev.berth.store.local;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.Realisation;
import dev.berth.store.StoreException;
import java.util.List;
import java.util.Optional;

/**
 * What outputs of content-addressed derivations came out as, as Nix keeps it with its feature {@code ca-derivations}. Any
 * thread.
 */
public final class Realisations {
    private final Opened opened;
    private final Optional<TempRoots> tempRoots;

    Realisations(Opened opened, Optional<TempRoots> tempRoots) {
        this.opened = opened;
        this.tempRoots = tempRoots;
    }

    /** What is known of an output; those by path are in no table that this Berth knows. */
    public Optional<Realisation> find(DrvOutput.ByHash id) {
        return opened.database()
                .read(session -> RealisationTable.isThere(session)
                        ? opened.realisations().find(session, id)
                        : Optional.empty());
    }

    /**
     * Registers a realisation whose path is valid, or adds its signatures to the one that is known.
     *
     * @throws StoreException of kind {@code REFUSED} if it is by path, contradicts what is known, or depends on unknown
     *     ones; {@code READ_ONLY} if the store is
     */
    public void register(Realisation realisation) {
        String uri = opened.config().uri();
        tempRoots
                .orElseThrow(() -> new StoreException(
                        StoreException.Kind.READ_ONLY, "store '" + uri + "' is open for reading only"))
                .add(List.of(realisation.outPath()));
        if (!(realisation.id() instanceof DrvOutput.ByHash id)) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "realisation of '" + realisation.id().print(opened.config().storeDir()) + "' is by path; store '"
                            + uri + "' keeps those by hash");
        }
        opened.database().write(session -> {
            if (!RealisationTable.isThere(session)) {
                Schema.createRealisations(session);
            }
            opened.realisations().register(session, id, realisation);
            return id;
        });
    }
}
