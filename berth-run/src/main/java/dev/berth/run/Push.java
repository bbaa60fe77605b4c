package dev.berth.run;

import dev.berth.deploy.render.Rendered;
import dev.berth.nix.SecretKey;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.ClosureCopy;
import dev.berth.store.CopyProgress;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Copies the closure that a file names from Nix's store to the embedded cache, signed. */
final class Push {
    private final Store cache;
    private final SecretKey key;
    private final Console console;

    Push(Store cache, SecretKey key, Console console) {
        this.cache = cache;
        this.key = key;
        this.console = console;
    }

    /**
     * Copies what the cache lacks.
     *
     * @param nixRoot below which Nix's store lies
     */
    void push(Rendered rendered, Path nixRoot) {
        Set<StorePath> missing = new TreeSet<>(rendered.named().keySet());
        missing.removeAll(cache.validPaths(missing));
        if (missing.isEmpty()) {
            return;
        }
        LocalStoreConfig config =
                nixRoot.equals(Path.of("/")) ? LocalStoreConfig.system() : LocalStoreConfig.root(nixRoot);
        try (LocalStore nix = LocalStore.open(config.forReading())) {
            ClosureCopy.Result copied = ClosureCopy.copy(
                    nix, cache, missing, ClosureCopy.Options.TRUSTED.withSigningKey(key), CopyProgress.NONE);
            console.say("pushed " + copied.copied() + (copied.copied() == 1 ? " path, " : " paths, ")
                    + (copied.narBytes() >> 10) + " KiB, to the embedded cache");
        } catch (StoreException e) {
            throw RunException.failed(
                    "cannot push to the embedded cache what " + first(rendered, missing) + ": " + e.getMessage(), e);
        }
    }

    private static String first(Rendered rendered, Set<StorePath> missing) {
        for (Map.Entry<StorePath, String> entry : rendered.named().entrySet()) {
            if (missing.contains(entry.getKey())) {
                return entry.getValue() + " names (" + StoreDir.DEFAULT.print(entry.getKey()) + ")";
            }
        }
        return "the file names";
    }

    /** Whether there is a store to push from at all. */
    static boolean hasStore(Path nixRoot) {
        return Files.exists(nixRoot.resolve("nix/var/nix/db/db.sqlite"));
    }
}
