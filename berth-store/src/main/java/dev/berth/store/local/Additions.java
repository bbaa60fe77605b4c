package dev.berth.store.local;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.FormatException;
import dev.berth.nix.Hash;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.TeeSink;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Puts trees into the store (libstore/local-store.cc, {@code addToStore}). A tree is written under its own name, locked
 * and protected as a temporary root, because that is the only unregistered name that no release of Nix deletes under
 * its writer; who finds files there without registration and takes the lock knows that their writer is dead.
 */
final class Additions {
    private final LocalStoreConfig config;
    private final StoreFiles files;
    private final Database database;
    private final PathTable paths;
    private final Registrar registrar;

    Additions(LocalStoreConfig config, StoreFiles files, Database database, PathTable paths, Registrar registrar) {
        this.config = config;
        this.files = files;
        this.database = database;
        this.paths = paths;
        this.registrar = registrar;
    }

    /** Adds a path, protected by the roots, if it is not valid. */
    void add(PathInfo info, NarSource nar, TempRoots roots) {
        protect(info, roots);
        if (isValid(info.path())) {
            return;
        }
        requireReferences(info, new HashSet<>());
        try (PathLock _ = PathLock.take(files.directory(), info.path().baseName(), config.lockTimeout())) {
            // Somebody else may have added it while we waited.
            if (!isValid(info.path())) {
                boolean done = false;
                try {
                    files.remove(info.path().baseName());
                    write(info, info.path().baseName(), nar);
                    registrar.register(info);
                    done = true;
                } finally {
                    if (!done) {
                        files.removeQuietly(info.path().baseName());
                    }
                }
            }
        }
    }

    /** Adds a path, or puts its files in the place of those that are there, whatever these are. */
    void repair(PathInfo info, NarSource nar, TempRoots roots) {
        protect(info, roots);
        requireReferences(info, new HashSet<>());
        try (Draft draft = Draft.begin(files, config.lockTimeout(), roots)) {
            write(info, draft.baseName(), nar);
            adopt(info, draft, true, roots);
        }
    }

    /**
     * Makes a draft that was checked the files of a path, unless that is valid already.
     *
     * @param repair whether to do so even if it is valid
     */
    void adopt(PathInfo info, Draft draft, boolean repair, TempRoots roots) {
        protect(info, roots);
        requireReferences(info, new HashSet<>());
        if (!repair && isValid(info.path())) {
            return;
        }
        try (PathLock _ = PathLock.take(files.directory(), info.path().baseName(), config.lockTimeout())) {
            boolean valid = isValid(info.path());
            if (valid && !repair) {
                return;
            }
            boolean done = false;
            try {
                draft.become(info.path());
                registrar.register(info);
                done = true;
            } catch (IOException e) {
                throw Failure.of(what(info), e);
            } finally {
                if (!done && !valid) {
                    files.removeQuietly(info.path().baseName());
                }
            }
        }
    }

    private String what(PathInfo info) {
        return "adding '" + config.storeDir().print(info.path()) + "' to store '" + config.uri() + "'";
    }

    /** Protects a path and what it refers to. */
    void protect(PathInfo info, TempRoots roots) {
        List<StorePath> needed = new ArrayList<>(info.references());
        needed.add(info.path());
        roots.add(needed);
    }

    /** Whether a path whose lock is held is valid and has files. */
    boolean isThere(StorePath path) {
        try {
            return files.exists(path.baseName()) && isValid(path);
        } catch (IOException e) {
            throw Failure.of("looking for '" + path + "' in store '" + config.uri() + "'", e);
        }
    }

    private boolean isValid(StorePath path) {
        return database.read(session -> paths.isValid(session, path));
    }

    /**
     * Refuses a path that refers to what is neither known nor valid.
     *
     * @param known gets what is found to be valid
     */
    void requireReferences(PathInfo info, Set<StorePath> known) {
        Set<StorePath> others = new TreeSet<>(info.references());
        others.remove(info.path());
        others.removeIf(known::contains);
        if (!others.isEmpty()) {
            List<StorePath> valid = database.read(session -> paths.valid(session, others));
            known.addAll(valid);
            others.removeIf(known::contains);
            if (!others.isEmpty()) {
                throw registrar.missing(info.path(), others.iterator().next());
            }
        }
    }

    /**
     * Writes and checks the files of a path.
     *
     * @param baseName where, which must be free, and its lock held
     */
    void write(PathInfo info, String baseName, NarSource nar) {
        String what = what(info);
        try {
            NarHasher hasher = new NarHasher();
            Optional<ContentAddress> claim = info.ca();
            Optional<ContentAddressCheck> check = claim.filter(ca -> !ContentAddressCheck.isNarHash(info, ca))
                    .map(ca -> ContentAddressCheck.of(info, ca));
            NarSink checks =
                    check.<NarSink>map(more -> new TeeSink(hasher, more.sink())).orElse(hasher);
            files.write(baseName, nar, checks);
            Hash hash = hasher.hash();
            if (!hash.equals(info.narHash())) {
                throw corrupt(
                        what + ": hash mismatch: its NAR has the hash '" + hash + "', not '" + info.narHash() + "'");
            }
            if (hasher.size() != info.narSize()) {
                throw corrupt(what + ": size mismatch: its NAR has " + hasher.size() + " bytes, not " + info.narSize());
            }
            if (claim.isPresent()) {
                ContentAddress found =
                        check.map(more -> more.found(claim.get())).orElseGet(() -> ContentAddressCheck.ofNarHash(hash));
                if (!found.equals(claim.get())) {
                    throw corrupt(what + ": ca hash mismatch: its content has the address '" + found + "', not '"
                            + claim.get() + "'");
                }
            }
        } catch (IOException e) {
            throw Failure.of(what, e);
        } catch (FormatException e) {
            throw Failure.of(what, e);
        }
    }

    private static StoreException corrupt(String message) {
        return new StoreException(StoreException.Kind.CORRUPT, message);
    }
}
