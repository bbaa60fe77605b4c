package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.Names;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what killed processes left: lock files that nobody holds, with the half-written paths that they were taken for,
 * and temporary roots. Whoever writes a path holds its lock, so having the lock proves that nobody does.
 */
final class CleanUp {
    private static final Logger LOG = LoggerFactory.getLogger(CleanUp.class);
    private static final String LOCK = ".lock";

    private final Opened opened;
    private final Directory store;

    CleanUp(Opened opened) {
        this.opened = opened;
        this.store = opened.files().directory();
    }

    void run() {
        try {
            // A running collection would take our locks for those of writers.
            try (CollectorLock _ = CollectorLock.share(opened)) {
                RootsReader.read(opened.config().storeDir(), opened.place().writableState());
                List<String> locks = new ArrayList<>();
                store.forEach((name, type, inode) -> {
                    String text = Names.show(name);
                    if (text.endsWith(LOCK)) {
                        locks.add(text);
                    }
                });
                for (String lock : locks) {
                    Optional<StorePath> path = StoreNames.parse(lock.substring(0, lock.length() - LOCK.length()));
                    if (path.isPresent()) {
                        cleanUp(path.get(), lock);
                    }
                }
            }
        } catch (IOException e) {
            throw Failure.of("cleaning up store '" + opened.config().uri() + "'", e);
        }
    }

    private void cleanUp(StorePath path, String lockFile) throws IOException {
        Optional<PathLock> lock = PathLock.tryTake(store, Names.bytes(lockFile));
        if (lock.isEmpty()) {
            return;
        }
        try (PathLock _ = lock.get()) {
            boolean valid = opened.database().read(session -> opened.paths().isValid(session, path));
            if (!valid && opened.files().exists(path.baseName())) {
                LOG.info("removing '{}', which was never completed", path);
                opened.files().remove(path.baseName());
            }
        }
    }
}
