package dev.berth.store.local;

import dev.berth.linux.LinuxException;
import dev.berth.linux.OpenFile;
import dev.berth.store.StoreException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lock {@code gc.lock}: exclusive while garbage is collected, shared by those who need that nothing is deleted. */
final class CollectorLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CollectorLock.class);

    private final OpenFile file;

    private CollectorLock(OpenFile file) {
        this.file = file;
    }

    /** Keeps collections away. */
    static CollectorLock share(Opened opened) {
        return take(opened, OpenFile.Lock.SHARED);
    }

    /** Becomes the one collection that runs. */
    static CollectorLock own(Opened opened) {
        return take(opened, OpenFile.Lock.EXCLUSIVE);
    }

    private static CollectorLock take(Opened opened, OpenFile.Lock how) {
        LocalStoreConfig config = opened.config();
        String what = "locking '" + config.stateDir() + "/gc.lock'";
        try {
            OpenFile file = TempRoots.collectorLock(opened.place().writableState());
            boolean good = false;
            try {
                good = file.lock(how, config.lockTimeout());
                if (!good) {
                    throw new StoreException(
                            StoreException.Kind.UNAVAILABLE,
                            what + ": another process has held it for "
                                    + config.lockTimeout().toSeconds()
                                    + " s, as a garbage collection does; try again when it is done");
                }
                return new CollectorLock(file);
            } finally {
                if (!good) {
                    file.close();
                }
            }
        } catch (IOException e) {
            throw Failure.of(what, e);
        } catch (InterruptedException e) {
            throw Failure.interrupted(what, e);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (LinuxException e) {
            LOG.warn("giving back the lock of garbage collections: {}", e.getMessage());
        }
    }
}
