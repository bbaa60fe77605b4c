package dev.berth.node;

import dev.berth.linux.Mounts;
import dev.berth.node.presentation.Composefs;
import dev.berth.store.StoreException;
import dev.berth.store.tree.TreeRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes directories in the background. What is to go is first renamed into the trash, so the caller is done at once and
 * what a crash leaves is found by the next agent. Whatever is still the source of a mount stays until a later sweep.
 */
final class Trash implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Trash.class);

    /** How long closing waits for what is being deleted; the rest is the next agent's. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final StateDir state;
    private final Queue<Path> queue = new ArrayDeque<>();
    private final Thread worker;
    private boolean closed;
    private int underWay;

    Trash(StateDir state) {
        this.state = state;
        this.worker = Thread.ofVirtual().name("berth-trash").start(this::work);
    }

    /** Takes a file or directory away. */
    void take(Path path) throws IOException {
        Path place = state.trash().resolve(UUID.randomUUID().toString());
        Files.move(path, place, StandardCopyOption.ATOMIC_MOVE);
        enqueue(place);
    }

    /** As {@link #take} where the caller can do nothing about a failure: the next sweep does. */
    void takeQuietly(Path path) {
        try {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                take(path);
            }
        } catch (IOException e) {
            LOG.warn("cannot remove {} now, the next sweep will: {}", path, Failures.reason(e));
        }
    }

    /** Takes up what an earlier agent left, and what could not be deleted before. */
    void sweep() throws IOException {
        try (var entries = Files.newDirectoryStream(state.trash())) {
            entries.forEach(this::enqueue);
        }
    }

    /** How many directories wait to be deleted. */
    int pending() {
        synchronized (queue) {
            return queue.size() + underWay;
        }
    }

    private void enqueue(Path place) {
        synchronized (queue) {
            if (!queue.contains(place)) {
                queue.add(place);
                queue.notifyAll();
            }
        }
    }

    private void work() {
        while (true) {
            Path next;
            synchronized (queue) {
                underWay = 0;
                queue.notifyAll();
                while (queue.isEmpty()) {
                    if (closed) {
                        return;
                    }
                    try {
                        queue.wait();
                    } catch (InterruptedException e) {
                        return;
                    }
                }
                next = queue.remove();
                underWay = 1;
            }
            try {
                delete(next);
            } catch (RuntimeException e) {
                LOG.error("a defect keeps {} from being deleted", next, e);
            }
        }
    }

    private void delete(Path place) {
        try {
            // INVARIANT: unreadable mountinfo throws, and then nothing is deleted.
            LiveMounts mounts = state.mounts();
            if (unmountShared(place, mounts)) {
                mounts = state.mounts();
            }
            if (mounts.uses(place)) {
                LOG.warn("{} is still the source of a mount: left for a later sweep", place);
                return;
            }
            TreeRemoval.remove(place);
        } catch (StoreException e) {
            LOG.warn("a later sweep will try again: {}", e.getMessage());
        } catch (IOException e) {
            LOG.warn("cannot delete {}, a later sweep will try again: {}", place, Failures.reason(e));
        }
    }

    /** The mount that the volumes of a tree shared goes with it. */
    private static boolean unmountShared(Path place, LiveMounts mounts) throws IOException {
        Path shared = place.resolve(Composefs.SHOWN);
        boolean mounted = mounts.at(shared).anyMatch(mount -> mount.source().startsWith(VolumeMounts.SOURCE));
        if (mounted) {
            Mounts.unmount(shared, Mounts.Unmount.IDLE);
        }
        return mounted;
    }

    /** Waits for some time until all is deleted, then stops. */
    @Override
    public void close() {
        long end = System.nanoTime() + PATIENCE.toNanos();
        boolean interrupted = false;
        synchronized (queue) {
            closed = true;
            queue.notifyAll();
            for (long left = PATIENCE.toMillis();
                    pending() > 0 && left > 0 && !interrupted;
                    left = (end - System.nanoTime()) / 1_000_000) {
                try {
                    queue.wait(left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        worker.interrupt();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
