package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lock that everybody holds who writes the files of a path: {@code <path>.lock}, locked by flock(2), as Nix takes it
 * (libstore/pathlocks.cc). Whoever deletes a lock file writes a byte into it first, so that those who wait for it know
 * that they hold the lock of a file that nobody else will find.
 */
final class PathLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PathLock.class);
    private static final byte[] STALE = {'d'};

    private final Directory directory;
    private final byte[] name;
    private final OpenFile file;

    private PathLock(Directory directory, byte[] name, OpenFile file) {
        this.directory = directory;
        this.name = name;
        this.file = file;
    }

    /**
     * Takes the lock of a name in the store directory.
     *
     * @throws StoreException of kind {@code UNAVAILABLE} if others held it all the time
     */
    static PathLock take(Directory store, String baseName, Duration patience) {
        String what = "locking '" + store + "/" + baseName + "'";
        try {
            return take(store, Names.bytes(baseName + ".lock"), patience)
                    .orElseThrow(() -> held(store, baseName, patience));
        } catch (IOException e) {
            throw Failure.of(what, e);
        } catch (InterruptedException e) {
            throw Failure.interrupted(what, e);
        }
    }

    /** Others held the lock all the time. */
    static StoreException held(Directory store, String baseName, Duration patience) {
        return new StoreException(
                StoreException.Kind.UNAVAILABLE,
                "locking '" + store + "/" + baseName + "': another process has held '" + baseName + ".lock' for "
                        + patience.toSeconds()
                        + " s; it may be building or adding the path: try again when it is done");
    }

    /** Takes the lock by the name of its file if nobody holds it. */
    static Optional<PathLock> tryTake(Directory store, byte[] lockFile) throws IOException {
        return tryTake(store, lockFile, Duration.ZERO);
    }

    /** Takes the lock by the name of its file if nobody holds it for long. */
    static Optional<PathLock> tryTake(Directory store, byte[] lockFile, Duration patience) throws IOException {
        try {
            return take(store, lockFile, patience);
        } catch (InterruptedException e) {
            throw Failure.interrupted("locking", e);
        }
    }

    private static Optional<PathLock> take(Directory store, byte[] name, Duration patience)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            OpenFile file = store.openOrCreateFile(name, 0600);
            boolean kept = false;
            try {
                Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
                if (!file.lock(OpenFile.Lock.EXCLUSIVE, left)) {
                    return Optional.empty();
                }
                if (file.stat().size() == 0) {
                    kept = true;
                    return Optional.of(new PathLock(store, name, file));
                }
            } finally {
                if (!kept) {
                    file.close();
                }
            }
        }
    }

    /** Deletes the lock file and gives the lock back. The work was done or undone; nothing of it is left to clean up. */
    @Override
    public void close() {
        try (file) {
            directory.unlink(name);
            file.write(STALE, 0, 1);
        } catch (IOException e) {
            // The lock goes with its descriptor; a lock file that stays costs nothing but a name.
            LOG.warn("removing lock file: {}", e.getMessage());
        }
    }
}
