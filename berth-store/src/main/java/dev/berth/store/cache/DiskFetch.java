package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file on its way from a remote cache to the disk, read by all who want it while it comes. It comes as fast as it can,
 * not as its slowest reader; it stops when nobody reads it any more.
 */
final class DiskFetch {
    private static final Logger LOG = LoggerFactory.getLogger(DiskFetch.class);
    private static final int BUFFER = 128 << 10;

    /** The longest that a reader waits for the next bytes; the source has deadlines of its own, which are shorter. */
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private enum State {
        OPENING,
        ABSENT,
        COMING,
        COMPLETE,
        FAILED
    }

    private final String name;
    private final DiskCache cache;
    private final Consumer<DiskFetch> atEnd;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Under the lock.
    private State state = State.OPENING;
    private long written;
    private int readers;
    private @Nullable IOException failure;
    private @Nullable FileChannel file;

    /** @param atEnd run once when nobody may join any more */
    DiskFetch(String name, DiskCache cache, Consumer<DiskFetch> atEnd) {
        this.name = name;
        this.cache = cache;
        this.atEnd = atEnd;
    }

    /** What opens the source: empty if it has no such file. */
    interface Source {
        Optional<InputStream> open() throws IOException;
    }

    /** Counts one more reader. @return false if it is too late to join */
    boolean join() {
        lock.lock();
        try {
            boolean joined =
                    state == State.OPENING || (readers > 0 && (state == State.COMING || state == State.COMPLETE));
            readers += joined ? 1 : 0;
            return joined;
        } finally {
            lock.unlock();
        }
    }

    /** Opens the source and lets it come. By the first reader, who has joined. */
    void start(Source source) {
        try {
            Optional<InputStream> opened = source.open();
            if (opened.isEmpty()) {
                end(State.ABSENT, null);
                return;
            }
            Path path = cache.newFile();
            FileChannel channel;
            try {
                channel = FileChannel.open(
                        path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
            } catch (IOException e) {
                opened.get().close();
                throw unwritable(e);
            }
            lock.lock();
            try {
                file = channel;
                state = State.COMING;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            Thread.ofVirtual().name("berth-fetch").start(() -> copy(opened.get(), path, channel));
        } catch (IOException e) {
            end(State.FAILED, e);
        }
    }

    private TransportException unwritable(IOException e) {
        String reason = String.valueOf(e.getMessage());
        return new TransportException(
                reason.contains("No space left") ? Kind.NO_SPACE : Kind.FAILED,
                "cannot write the disk cache: " + reason,
                false,
                e);
    }

    private void copy(InputStream from, Path path, FileChannel to) {
        try {
            boolean whole;
            try (from) {
                whole = pump(from, to);
            }
            if (whole) {
                to.force(false);
                cache.keep(path, name);
                end(State.COMPLETE, null);
            } else {
                Files.deleteIfExists(path);
                end(State.FAILED, new IOException("nobody waited for " + name + " any more"));
            }
        } catch (IOException | RuntimeException e) {
            end(State.FAILED, e instanceof IOException io ? io : new IOException(e));
            try {
                Files.deleteIfExists(path);
            } catch (IOException left) {
                LOG.warn("cannot delete {}: {}", path, left.getMessage());
            }
        }
    }

    private boolean pump(InputStream from, FileChannel to) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long position = 0;
        for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
            try {
                while (bytes.hasRemaining()) {
                    position += to.write(bytes, position);
                }
            } catch (IOException e) {
                throw unwritable(e);
            }
            lock.lock();
            try {
                if (readers == 0) {
                    return false;
                }
                written = position;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
        return true;
    }

    private void end(State last, @Nullable IOException reason) {
        atEnd.accept(this);
        lock.lock();
        try {
            state = last;
            failure = reason;
            changed.signalAll();
            closeIfUnused();
        } catch (IOException e) {
            LOG.warn("cannot close the file of {}: {}", name, e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    /** Empty if the source has no such file. By each who has joined. */
    Optional<InputStream> body() throws IOException {
        lock.lock();
        boolean reads = false;
        try {
            awaitWhile(() -> state == State.OPENING);
            if (state == State.FAILED) {
                throw failed();
            }
            reads = state != State.ABSENT;
            return reads ? Optional.of(new Body()) : Optional.empty();
        } finally {
            if (!reads) {
                readers--;
            }
            lock.unlock();
        }
    }

    private IOException failed() {
        IOException reason = failure;
        return switch (reason) {
            case null -> new IOException(name + " did not come");
            // A new one for each reader, whose own stack it has.
            case TransportException known -> known.again();
            default -> new IOException(reason.getMessage(), reason);
        };
    }

    /** For the next bytes; the patience begins anew with each wait. */
    private void awaitWhile(BooleanSupplier waiting) throws IOException {
        try {
            long left = PATIENCE.toNanos();
            while (waiting.getAsBoolean()) {
                if (left <= 0) {
                    throw new TransportException(Kind.SLOW, name + " does not come", true);
                }
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("waiting for " + name + " was interrupted").initCause(e);
        }
    }

    private void closeIfUnused() throws IOException {
        if (readers == 0 && (state == State.COMPLETE || state == State.FAILED) && file != null) {
            file.close();
        }
    }

    /** What has come so far, and the rest when it comes. Skipping costs nothing but the wait for what is skipped. */
    private final class Body extends InputStream {
        private long position;
        private boolean closed;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            FileChannel channel;
            long there;
            lock.lock();
            try {
                awaitWhile(() -> position >= written && state == State.COMING);
                if (position >= written) {
                    if (state == State.COMPLETE) {
                        return -1;
                    }
                    throw failed();
                }
                channel = file;
                there = written;
            } finally {
                lock.unlock();
            }
            if (channel == null) {
                throw new IllegalStateException("nothing was opened");
            }
            int most = (int) Math.min(length, there - position);
            int count = channel.read(ByteBuffer.wrap(bytes, offset, most), position);
            position += Math.max(0, count);
            return count;
        }

        @Override
        public long skip(long count) {
            long step = Math.max(0, count);
            position += step;
            return step;
        }

        @Override
        public void close() throws IOException {
            lock.lock();
            try {
                if (!closed) {
                    closed = true;
                    readers--;
                    closeIfUnused();
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
