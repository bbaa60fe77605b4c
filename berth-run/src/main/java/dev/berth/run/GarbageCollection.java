package dev.berth.run;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.local.GcOptions;
import dev.berth.store.local.GcResult;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Deletes below a root what no run used for long: from the embedded cache, the agent's store and the private Nix store.
 * Only the holder of the root's lock does so, and with no cache or agent of the run open. What a published volume uses
 * stays, since the agent gave it a root. One that is killed is done again after the next run: it is recorded when it is
 * complete, and each of its parts leaves what is still there whole.
 */
final class GarbageCollection {
    private final Layout layout;
    private final Retention retention;
    private final Instant now = Instant.now();
    private final Set<StorePath> gone = new HashSet<>();
    private long freed;

    GarbageCollection(Layout layout, Retention retention) {
        this.layout = layout;
        this.retention = retention;
    }

    /** Whether it is long enough since the last one. A root that never had one has nothing old; its time begins now. */
    boolean isDue() throws IOException {
        try {
            Instant last = Files.getLastModifiedTime(layout.collected()).toInstant();
            // A clock that was set back must not put it off.
            return last.isAfter(now) || !now.isBefore(last.plus(retention.interval()));
        } catch (NoSuchFileException e) {
            Files.createFile(layout.collected());
            return false;
        }
    }

    /**
     * Collects.
     *
     * @return what to tell of it; empty if there was nothing
     * @throws dev.berth.store.StoreException if a store can't be used; the rest may be done
     */
    Optional<String> run() throws IOException {
        Uses uses = new Uses(layout);
        Set<StorePath> kept = uses.since(now.minus(retention.age()));
        CacheCollection cache = new CacheCollection(layout.cache());
        gone.addAll(cache.keepOnly(kept));
        freed += cache.freed();
        collect(layout.node(), kept, GcOptions.deleteDead());
        // Else what is needed to build a file again after a small change would be built or fetched again.
        collect(
                layout.build(),
                kept,
                new GcOptions(GcOptions.Action.DELETE_DEAD, Set.of(), Long.MAX_VALUE, true, true));
        uses.retain(kept);
        Files.setLastModifiedTime(layout.collected(), FileTime.from(now));
        return gone.isEmpty()
                ? Optional.empty()
                : Optional.of("collected " + gone.size() + (gone.size() == 1 ? " path" : " paths")
                        + " that no run of the last " + retention.age().toDays() + " days needed, " + (freed >> 10)
                        + " KiB freed");
    }

    private void collect(Path root, Set<StorePath> kept, GcOptions options) throws IOException {
        if (!Files.exists(root.resolve("nix/var/nix/db/db.sqlite"))) {
            return;
        }
        try (LocalStore store = LocalStore.open(LocalStoreConfig.root(root))) {
            makeRoots(store.config().stateDir().resolve("gcroots/berth-run"), kept);
            GcResult result = store.collectGarbage(options);
            gone.addAll(result.paths());
            freed += result.bytesFreed();
        }
    }

    private static void makeRoots(Path directory, Set<StorePath> kept) throws IOException {
        Files.createDirectories(directory);
        try (DirectoryStream<Path> links = Files.newDirectoryStream(directory)) {
            for (Path link : links) {
                Files.delete(link);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        for (StorePath path : kept) {
            Files.createSymbolicLink(directory.resolve(path.baseName()), Path.of(StoreDir.DEFAULT.print(path)));
        }
    }
}
