package dev.berth.store.local;

import dev.berth.linux.Names;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Adds many paths to a local store, registering up to {@value #PATHS} in one transaction. What was added becomes valid
 * with its batch: when that is full or 100 ms old and another path comes, at {@link #flush}, or at {@link #close}. Until
 * then its lock is held, as if it were still being written; a killed process leaves what a killed {@link LocalStore#add}
 * leaves. Any thread.
 *
 * <p>INVARIANT: no thread waits for the lock of a path while paths that are complete stay unregistered, so that two
 * processes that add the same paths do not wait for each other.
 */
public final class AdditionBatch implements AutoCloseable {
    // Each holds a descriptor open: far below the usual limit of 1,024.
    private static final int PATHS = 128;
    private static final long AGE = TimeUnit.MILLISECONDS.toNanos(100);
    private static final Duration SLICE = Duration.ofMillis(50);

    private final LocalStoreConfig config;
    private final StoreFiles files;
    private final Additions additions;
    private final Registrar registrar;
    private final TempRoots roots;

    /** What need not be asked the database for: complete, or found valid and protected since. */
    private final Set<StorePath> known = ConcurrentHashMap.newKeySet();

    private final ReentrantLock registering = new ReentrantLock();
    private final ReentrantLock changing = new ReentrantLock();
    private List<Complete> pending = new ArrayList<>();
    private long oldest;

    private record Complete(PathInfo info, PathLock lock) {}

    AdditionBatch(Opened opened, TempRoots roots) {
        this.config = opened.config();
        this.files = opened.files();
        this.additions = opened.additions();
        this.registrar = opened.registrar();
        this.roots = roots;
    }

    /**
     * Writes and checks a path that is not valid yet. Its references must be valid, or have been added to this batch
     * before.
     *
     * @throws StoreException as {@link LocalStore#add}; also if an earlier path could not be registered
     */
    public void add(PathInfo info, NarSource nar) {
        String baseName = info.path().baseName();
        additions.protect(info, roots);
        additions.requireReferences(info, known);
        PathLock lock = lock(baseName);
        boolean kept = false;
        try {
            if (!additions.isThere(info.path())) {
                kept = write(info, nar);
            }
            known.add(info.path());
        } finally {
            if (!kept) {
                lock.close();
            }
        }
        if (kept && isDue(new Complete(info, lock))) {
            flush();
        }
    }

    private boolean write(PathInfo info, NarSource nar) {
        boolean done = false;
        try {
            files.remove(info.path().baseName());
            additions.write(info, info.path().baseName(), nar);
            done = true;
        } finally {
            if (!done) {
                files.removeQuietly(info.path().baseName());
            }
        }
        return done;
    }

    private PathLock lock(String baseName) {
        byte[] name = Names.bytes(baseName + ".lock");
        long deadline = System.nanoTime() + config.lockTimeout().toNanos();
        try {
            Optional<PathLock> lock = PathLock.tryTake(files.directory(), name, Duration.ZERO);
            while (lock.isEmpty()) {
                flush();
                if (System.nanoTime() - deadline > 0) {
                    throw PathLock.held(files.directory(), baseName, config.lockTimeout());
                }
                // Others of this process go on adding meanwhile: again and again, not once for all the time.
                lock = PathLock.tryTake(files.directory(), name, SLICE);
            }
            return lock.get();
        } catch (IOException e) {
            throw Failure.of("locking '" + baseName + "'", e);
        }
    }

    private boolean isDue(Complete complete) {
        changing.lock();
        try {
            long now = System.nanoTime();
            if (pending.isEmpty()) {
                oldest = now;
            }
            pending.add(complete);
            return pending.size() >= PATHS || now - oldest > AGE;
        } finally {
            changing.unlock();
        }
    }

    /**
     * Makes valid what was added. A path that can't be is removed, and so is what refers to it; the others become valid.
     *
     * @throws StoreException for the first that can't be
     */
    public void flush() {
        // One batch after the other, because the next may refer to this one.
        registering.lock();
        try {
            List<Complete> batch = take();
            if (!batch.isEmpty()) {
                register(batch);
            }
        } finally {
            registering.unlock();
        }
    }

    private List<Complete> take() {
        changing.lock();
        try {
            List<Complete> batch = pending;
            pending = new ArrayList<>();
            return batch;
        } finally {
            changing.unlock();
        }
    }

    private void register(List<Complete> batch) {
        List<Complete> left = new ArrayList<>(batch);
        try {
            registrar.registerAll(batch.stream().map(Complete::info).toList());
            left.clear();
        } catch (StoreException e) {
            if (batch.size() == 1 || !Registrar.isWrong(e)) {
                throw e;
            }
            registerEach(left);
        } finally {
            for (Complete complete : left) {
                known.remove(complete.info().path());
                files.removeQuietly(complete.info().path().baseName());
            }
            batch.forEach(complete -> complete.lock().close());
        }
    }

    /** One by one in the order in which they came, references first; leaves those that can't be and throws for the first. */
    private void registerEach(List<Complete> left) {
        List<StoreException> failures = new ArrayList<>();
        for (Iterator<Complete> each = left.iterator(); each.hasNext(); ) {
            try {
                registrar.registerAll(List.of(each.next().info()));
                each.remove();
            } catch (StoreException e) {
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
    }

    /** Makes valid what was added; to be called when no thread adds any more. */
    @Override
    public void close() {
        flush();
    }
}
