package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Paths that this process protects from garbage collection: a file in {@code temproots} that it holds locked, full paths
 * with a NUL behind each (libstore/gc.cc, {@code addTempRoot}). A collection that runs already is told by its socket.
 *
 * <p>Nix names the file by the process id and takes a file of its own number for a stale one. The suffix here keeps apart
 * the sessions of one process, and processes of two containers that have the same number; Nix reads only the number.
 */
final class TempRoots implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TempRoots.class);

    private final StoreDir storeDir;
    private final Directory state;
    private final Duration patience;
    private final Set<StorePath> rooted = new HashSet<>();
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Opened opened;
    private boolean closed;

    private record Opened(Directory directory, String name, OpenFile file, OpenFile collectorLock) {}

    TempRoots(StoreDir storeDir, Directory state, Duration patience) {
        this.storeDir = storeDir;
        this.state = state;
        this.patience = patience;
    }

    /** Protects the paths from now on. Returns when no collection, running or to come, can delete them any more. */
    void add(Collection<StorePath> paths) {
        lock.lock();
        try {
            if (closed) {
                throw new StoreException(StoreException.Kind.FAILED, "the session of the store is closed");
            }
            List<StorePath> more = new ArrayList<>();
            for (StorePath path : paths) {
                if (!rooted.contains(path)) {
                    more.add(path);
                }
            }
            if (!more.isEmpty()) {
                add(more);
                rooted.addAll(more);
            }
        } catch (IOException e) {
            throw Failure.of("protecting paths from garbage collection", e);
        } catch (InterruptedException e) {
            throw Failure.interrupted("protecting paths from garbage collection", e);
        } finally {
            lock.unlock();
        }
    }

    private void add(List<StorePath> paths) throws IOException, InterruptedException {
        Opened files = open();
        StringBuilder text = new StringBuilder();
        for (StorePath path : paths) {
            text.append(storeDir.print(path)).append('\0');
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        // First the file, then whoever has read it already: a collection that starts between the two sees the file.
        files.file().write(bytes, 0, bytes.length);
        long deadline = System.nanoTime() + patience.toNanos();
        while (!files.collectorLock().tryLock(OpenFile.Lock.SHARED)) {
            if (CollectorSocket.tell(state, paths.stream().map(storeDir::print).toList(), deadline)) {
                return;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new StoreException(
                        StoreException.Kind.UNAVAILABLE,
                        "a garbage collection holds '" + state + "/gc.lock' and has not taken new roots for "
                                + patience.toSeconds() + " s; try again when it is done");
            }
            Thread.sleep(20);
        }
        files.collectorLock().unlock();
    }

    private Opened open() throws IOException, InterruptedException {
        if (opened != null) {
            return opened;
        }
        Directory directory = state.openDirectory(Names.bytes("temproots"));
        boolean good = false;
        try {
            OpenFile collectorLock = collectorLock(state);
            while (true) {
                String name = ProcessHandle.current().pid() + "-"
                        + Long.toUnsignedString(ThreadLocalRandom.current().nextLong(), 36);
                Optional<OpenFile> file = create(directory, Names.bytes(name));
                if (file.isPresent()) {
                    good = true;
                    opened = new Opened(directory, name, file.get(), collectorLock);
                    return opened;
                }
            }
        } finally {
            if (!good) {
                directory.close();
            }
        }
    }

    // A collector may find the file before it is locked; it then takes it for a stale one, deletes it and marks it.
    private Optional<OpenFile> create(Directory directory, byte[] name) throws IOException, InterruptedException {
        OpenFile file = directory.createFile(name, 0600);
        boolean good = false;
        try {
            good = file.lock(OpenFile.Lock.EXCLUSIVE, patience) && file.stat().size() == 0;
            return good ? Optional.of(file) : Optional.empty();
        } finally {
            if (!good) {
                file.close();
            }
        }
    }

    /** The file whose shared lock says "no collection runs", and whose exclusive lock a collection holds. */
    static OpenFile collectorLock(Directory state) throws LinuxException {
        return state.openOrCreateFile(Names.bytes("gc.lock"), 0600);
    }

    /** Protects nothing any more. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            if (opened != null) {
                String name = opened.name();
                // Closed whatever happens: a lock that stayed would hold up every collection.
                try (Directory directory = opened.directory();
                        OpenFile _ = opened.collectorLock();
                        OpenFile _ = opened.file()) {
                    opened = null;
                    directory.unlink(Names.bytes(name));
                }
            }
        } catch (LinuxException e) {
            if (!e.is(Errno.ENOENT)) {
                LOG.warn("removing temporary roots: {}", e.getMessage());
            }
        } finally {
            lock.unlock();
        }
    }
}
