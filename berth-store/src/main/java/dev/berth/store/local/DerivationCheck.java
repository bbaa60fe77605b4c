package dev.berth.store.local;

import dev.berth.nix.Derivation;
import dev.berth.nix.DerivationPaths;
import dev.berth.nix.FormatException;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Checks derivations before they become valid: a derivation whose output paths were not its own would let whoever adds it
 * put its build in the place of another's (libstore/local-store.cc, {@code registerValidPaths}). Remembers the hashes of
 * input derivations, as each derivation of a closure needs those of all beneath it. Any thread.
 */
final class DerivationCheck {
    // Some hundred bytes each.
    private static final int REMEMBERED = 20_000;

    private final LocalStoreConfig config;
    private final Derivations derivations;
    private final Database database;
    private final PathTable table;
    private final ReentrantLock lock = new ReentrantLock();
    private DerivationPaths paths;
    private int remembered;
    private Set<StorePath> together = Set.of();

    DerivationCheck(LocalStoreConfig config, Derivations derivations, Database database, PathTable table) {
        this.config = config;
        this.derivations = derivations;
        this.database = database;
        this.table = table;
        this.paths = forgetful();
    }

    private DerivationPaths forgetful() {
        return new DerivationPaths(config.storeDir(), this::input);
    }

    /**
     * The outputs of a derivation by name, as far as their paths are known without building.
     *
     * @param batch what becomes valid together with it
     * @throws StoreException if it does not parse, its paths are not those that its content gives, or an input derivation
     *     is not valid
     */
    Map<String, StorePath> outputs(StorePath path, Set<StorePath> batch) {
        lock.lock();
        try {
            together = batch;
            if (remembered > REMEMBERED) {
                paths = forgetful();
                remembered = 0;
            }
            Derivation derivation = derivations.read(path);
            paths.check(derivation);
            return derivation.knownOutputPaths(config.storeDir());
        } catch (FormatException e) {
            throw Failure.of("checking derivation '" + config.storeDir().print(path) + "'", e);
        } finally {
            together = Set.of();
            lock.unlock();
        }
    }

    // Of what is not valid the files may still change, and its hash must not be remembered.
    private Derivation input(StorePath path) {
        if (!together.contains(path) && !database.read(session -> table.isValid(session, path))) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "the input derivation '" + config.storeDir().print(path) + "' is not valid; add that first");
        }
        remembered++;
        return derivations.read(path);
    }
}
