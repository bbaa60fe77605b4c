package dev.berth.store;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.Realisation;
import dev.berth.store.cache.BinaryCache;
import dev.berth.store.daemon.DaemonStore;
import dev.berth.store.local.LocalStore;
import java.util.Optional;

/** Asks stores for realisations, each in its own way. */
final class RealisationSource {
    private RealisationSource() {}

    /** What a store says of an output; nothing if it is of a kind that keeps none of this key. */
    static Optional<Realisation> find(Store store, DrvOutput id) {
        return switch (store) {
            case BinaryCache cache -> cache.realisations().find(id);
            case DaemonStore daemon -> daemon.ask("querying a realisation", session -> session.queryRealisation(id));
            case LocalStore local
            when id instanceof DrvOutput.ByHash byHash -> local.realisations().find(byHash);
            default -> Optional.empty();
        };
    }
}
