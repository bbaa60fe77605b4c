package dev.berth.gateway;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.FormatException;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.local.LocalStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Realisations by path, for which Nix's schema 10 has no table: {@code <derivation>/<output>.doi} in a directory, as in a
 * binary cache of Nix 2.35. Any thread, one process.
 */
final class BuildTraces {
    private final Path directory;
    private final ReentrantLock lock = new ReentrantLock();

    BuildTraces(Path directory) {
        this.directory = directory;
    }

    /** @throws StoreException of kind {@code REFUSED} unless the path of the realisation is valid */
    static void requireValid(LocalStore store, Realisation realisation) {
        if (store.validPaths(Set.of(realisation.outPath())).isEmpty()) {
            throw new StoreException(
                    Kind.REFUSED,
                    "cannot register the realisation of '" + realisation.id().print(store.storeDir()) + "': its path '"
                            + realisation.outPath() + "' is not valid; add that first");
        }
    }

    Optional<Realisation> find(DrvOutput.ByPath id) {
        Path file = file(id);
        try {
            return Optional.of(Realisation.parse(Files.readString(file)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | FormatException e) {
            throw new StoreException(Kind.CORRUPT, "cannot read '" + file + "': " + e.getMessage(), e);
        }
    }

    /** Keeps a realisation, or adds its signatures to one of the same path; one of another path is replaced. */
    void add(DrvOutput.ByPath id, Realisation realisation) {
        lock.lock();
        try {
            TreeSet<Signature> signatures = new TreeSet<>(realisation.signatures());
            find(id).filter(known -> known.outPath().equals(realisation.outPath()))
                    .ifPresent(known -> signatures.addAll(known.signatures()));
            Path file = file(id);
            Files.createDirectories(file.getParent());
            Path part = file.resolveSibling(file.getFileName() + ".tmp");
            Files.writeString(
                    part,
                    new Realisation(id, realisation.outPath(), signatures, realisation.dependentRealisations())
                            .print());
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new StoreException(Kind.of(e), "cannot keep a realisation in '" + directory + "': " + e, e);
        } finally {
            lock.unlock();
        }
    }

    // Both names have only characters that the names of files may have.
    private Path file(DrvOutput.ByPath id) {
        return directory.resolve(id.drvPath().baseName(), id.outputName() + ".doi");
    }
}
