package dev.berth.gateway.http;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request on its way from the event loop, which fills it, to the thread that reads it. The event loop stops
 * to read from the client while enough is held.
 */
final class RequestBody extends InputStream {
    private static final int ENOUGH = 128 << 10;
    private static final int LITTLE = 64 << 10;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<ByteBuf> parts = new ArrayDeque<>();
    private final Patience patience;
    private final Runnable more;
    private long held;
    private long taken;
    private boolean asked;
    private boolean paused;
    private boolean ended;
    private boolean discarded;
    private @Nullable IOException failure;

    /** @param more called when something is waited for: on the reading thread, once for the first read, and after each pause */
    RequestBody(HttpConfig.Limits limits, Runnable more) {
        this.patience = new Patience(limits);
        this.more = more;
    }

    /** Adds what came; it belongs to this from now on. */
    void offer(ByteBuf part) {
        lock.lock();
        try {
            if (discarded || !part.isReadable()) {
                part.release();
                return;
            }
            parts.add(part);
            held += part.readableBytes();
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing comes any more. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The body is not going to be complete. */
    void fail(String why) {
        lock.lock();
        try {
            if (!ended && failure == null) {
                failure = new IOException(why);
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Whether to read more from the client; if not, it is asked for later. */
    boolean isHungry() {
        lock.lock();
        try {
            paused = held >= ENOUGH;
            return !paused;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it could not be read to its end. */
    boolean hasFailed() {
        lock.lock();
        try {
            return failure != null;
        } finally {
            lock.unlock();
        }
    }

    /** Drops what is there and what comes: nobody reads it. */
    void discard() {
        lock.lock();
        try {
            discarded = true;
            parts.forEach(ByteBuf::release);
            parts.clear();
            held = 0;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        lock.lock();
        try {
            while (parts.isEmpty()) {
                if (failure != null) {
                    throw new IOException(failure.getMessage(), failure);
                }
                if (ended || discarded) {
                    return -1;
                }
                if (!asked) {
                    asked = true;
                    more.run();
                }
                if (!patience.await(changed, taken) && parts.isEmpty() && failure == null && !ended) {
                    failure = new IOException("the client sends its body too slowly: " + taken + " bytes came");
                }
            }
            return take(bytes, offset, length);
        } finally {
            lock.unlock();
        }
    }

    private int take(byte[] bytes, int offset, int length) {
        int count = 0;
        while (count < length && !parts.isEmpty()) {
            ByteBuf part = parts.element();
            int piece = Math.min(length - count, part.readableBytes());
            part.readBytes(bytes, offset + count, piece);
            count += piece;
            if (!part.isReadable()) {
                parts.remove().release();
            }
        }
        held -= count;
        taken += count;
        if (paused && held <= LITTLE) {
            paused = false;
            more.run();
        }
        return count;
    }

    @Override
    public int available() {
        lock.lock();
        try {
            return (int) Math.min(held, Integer.MAX_VALUE);
        } finally {
            lock.unlock();
        }
    }
}
