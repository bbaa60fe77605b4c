package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.Names;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A place in the store for a tree whose path is not known before it is written: a name like a store path's, by chance,
 * locked and protected as a temporary root, as every release of Nix respects it. What is left of it is removed when it is
 * closed, or by the next collection.
 */
final class Draft implements AutoCloseable {
    private static final String DIGITS = "0123456789abcdfghijklmnpqrsvwxyz";

    private final StoreFiles files;
    private final String baseName;
    private final PathLock lock;

    private Draft(StoreFiles files, String baseName, PathLock lock) {
        this.files = files;
        this.baseName = baseName;
        this.lock = lock;
    }

    static Draft begin(StoreFiles files, Duration lockTimeout, TempRoots roots) {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < StorePath.HASH_LENGTH; i++) {
            name.append(DIGITS.charAt(ThreadLocalRandom.current().nextInt(DIGITS.length())));
        }
        StorePath path = new StorePath(name.append("-draft").toString());
        roots.add(List.of(path));
        return new Draft(files, path.baseName(), PathLock.take(files.directory(), path.baseName(), lockTimeout));
    }

    /** Its name in the store dir, where nothing is yet. */
    String baseName() {
        return baseName;
    }

    /** Becomes the files of a path whose lock is held, in one step. */
    void become(StorePath path) throws IOException {
        byte[] from = Names.bytes(baseName);
        byte[] to = Names.bytes(path.baseName());
        Directory store = files.directory();
        Directory.Rename how = store.statIfExists(to).isPresent() ? Directory.Rename.EXCHANGE : Directory.Rename.KEEP;
        store.rename(from, store, to, how);
    }

    @Override
    public void close() {
        try (lock) {
            files.removeQuietly(baseName);
        }
    }
}
