package dev.berth.wire.worker;

import dev.berth.wire.GuardedTransport;
import dev.berth.wire.Wait;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a client sends, which is also listened to while an operation works that reads nothing of it: if the client leaves, its
 * thread is interrupted, since nobody waits for the answer (libutil/monitor-fd.hh does that for Nix). What the client says
 * meanwhile is kept for who reads next.
 *
 * <p>One reader at a time. A client that only closes its half of a connection counts as gone.
 */
final class WatchedInput extends InputStream {
    /** Operations that end sooner are not watched. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final int AHEAD = 4096;

    private final InputStream in;
    private final GuardedTransport transport;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition heard = lock.newCondition();

    // All under the lock.
    private byte[] ahead = {};
    private int used;
    private boolean listening;
    private boolean ended;
    private @Nullable IOException failure;
    private @Nullable Watch watch;

    /** @param transport read by nobody else */
    WatchedInput(GuardedTransport transport) {
        this.in = transport.in();
        this.transport = transport;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        lock.lock();
        try {
            // Ends when the transport's deadline has passed, at the latest.
            while (listening) {
                heard.awaitUninterruptibly();
            }
            if (used < ahead.length) {
                int count = Math.min(length, ahead.length - used);
                System.arraycopy(ahead, used, bytes, offset, count);
                used += count;
                return count;
            }
            if (failure != null) {
                throw failure;
            }
            if (ended) {
                return -1;
            }
        } finally {
            lock.unlock();
        }
        return in.read(bytes, offset, length);
    }

    /** From now until it is closed the calling thread works, reads nothing, and is interrupted if the client leaves. */
    Watch watch() {
        Watch begun = new Watch(Thread.currentThread());
        lock.lock();
        try {
            watch = begun;
        } finally {
            lock.unlock();
        }
        begun.listener.start();
        return begun;
    }

    /** One operation that is watched. */
    final class Watch implements AutoCloseable {
        private final Thread worker;
        private final Thread listener;
        private boolean interrupted;

        private Watch(Thread worker) {
            this.worker = worker;
            this.listener = Thread.ofVirtual().name("berth-wire-listen").unstarted(this::listen);
        }

        private void listen() {
            long end = System.nanoTime() + PATIENCE.toNanos();
            for (long left = PATIENCE.toNanos(); left > 0; left = end - System.nanoTime()) {
                if (!isOn()) {
                    return;
                }
                LockSupport.parkNanos(this, left);
            }
            if (begin()) {
                byte[] bytes = new byte[AHEAD];
                try {
                    end(bytes, in.read(bytes, 0, bytes.length), null);
                } catch (IOException e) {
                    end(bytes, -1, e);
                }
            }
        }

        private boolean isOn() {
            lock.lock();
            try {
                return watch == this;
            } finally {
                lock.unlock();
            }
        }

        /** Whether this is to listen: not if the listener of an operation before still does, or something was heard. */
        private boolean begin() {
            lock.lock();
            try {
                if (watch != this || listening || ended || used < ahead.length) {
                    return false;
                }
                listening = true;
                // Until the session waits for something itself.
                transport.readWithin(Wait.unlimited("nothing"));
                return true;
            } finally {
                lock.unlock();
            }
        }

        private void end(byte[] bytes, int count, @Nullable IOException failed) {
            lock.lock();
            try {
                listening = false;
                ahead = Arrays.copyOf(bytes, Math.max(0, count));
                used = 0;
                ended = count < 0;
                failure = failed;
                // Maybe that of a later operation.
                if (ended && watch != null) {
                    watch.interrupted = true;
                    watch.worker.interrupt();
                }
                heard.signalAll();
            } finally {
                lock.unlock();
            }
        }

        /** The thread is not interrupted any more, by this. */
        @Override
        public void close() {
            lock.lock();
            try {
                watch = null;
                if (interrupted) {
                    boolean _ = Thread.interrupted();
                }
            } finally {
                lock.unlock();
            }
            LockSupport.unpark(listener);
        }
    }
}
