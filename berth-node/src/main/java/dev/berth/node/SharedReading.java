package dev.berth.node;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads the same for many who ask at once. What one gets was read after it asked: who asks while a reading is under way waits for the
 * next, together with all others that do. So twenty volumes at once read the table of mounts some times, not each for itself.
 */
final class SharedReading<T> {
    /** Where it is read. */
    interface Source<T> {
        T read() throws IOException;
    }

    private final Source<T> source;
    private final ReentrantLock reading = new ReentrantLock();
    private final Object lock = new Object();
    /** The reading that has not begun yet; who made it begins it. */
    private @Nullable CompletableFuture<T> next;

    SharedReading(Source<T> source) {
        this.source = source;
    }

    /**
     * Reads it, or gets what another read since this call began.
     *
     * @throws IOException if it can't be read; all who waited for that reading get it
     */
    T now() throws IOException {
        CompletableFuture<T> mine;
        boolean first;
        synchronized (lock) {
            first = next == null;
            if (next == null) {
                next = new CompletableFuture<>();
            }
            mine = next;
        }
        if (first) {
            read(mine);
        }
        try {
            return mine.get();
        } catch (ExecutionException e) {
            throw new IOException(
                    e.getCause() instanceof IOException cause ? Failures.reason(cause) : String.valueOf(e.getCause()),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while it was read", e);
        }
    }

    private void read(CompletableFuture<T> mine) {
        reading.lock();
        try {
            synchronized (lock) {
                // INVARIANT: nobody joins a reading that has begun: it may not see what changed since.
                next = null;
            }
            mine.complete(source.read());
        } catch (IOException | RuntimeException | Error e) {
            mine.completeExceptionally(e);
        } finally {
            reading.unlock();
        }
    }
}
