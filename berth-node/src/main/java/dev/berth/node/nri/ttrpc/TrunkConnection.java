package dev.berth.node.nri.ttrpc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** One connection of a {@link Trunk}. */
final class TrunkConnection implements ByteConnection {
    /** So many bytes may wait to be read, and one frame more. */
    static final int MAX_WAITING = Trunk.MAX_PAYLOAD;

    /** What a frame costs beside its bytes: many small ones must not fill the memory either. */
    private static final int FRAME_COST = 64;

    private final int id;
    private final Trunk trunk;
    private final Duration stall;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<ByteBuffer> waiting = new ArrayDeque<>();
    private long waitingCost;
    private boolean ended;

    TrunkConnection(int id, Trunk trunk, Duration stall) {
        this.id = id;
        this.trunk = trunk;
        this.stall = stall;
    }

    /** Takes a frame's content, waiting for room. */
    void arrived(byte[] payload) throws IOException {
        lock.lock();
        try {
            long left = stall.toNanos();
            while (waitingCost > MAX_WAITING && !ended) {
                if (left <= 0) {
                    throw new IOException("connection " + Integer.toUnsignedString(id) + " was not read for "
                            + stall.toMillis() + " ms with " + waiting.size() + " frames waiting");
                }
                left = changed.awaitNanos(left);
            }
            if (!ended) {
                waiting.add(ByteBuffer.wrap(payload));
                waitingCost += payload.length + FRAME_COST;
                changed.signalAll();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        lock.lock();
        try {
            while (waiting.isEmpty() && !ended) {
                changed.await();
            }
            ByteBuffer first = waiting.peek();
            if (first == null) {
                if (trunk.failure().isPresent()) {
                    throw trunk.failure().get();
                }
                return -1;
            }
            int read = Math.min(length, first.remaining());
            first.get(to, offset, read);
            if (!first.hasRemaining()) {
                waiting.remove();
                waitingCost -= first.capacity() + FRAME_COST;
                changed.signalAll();
            }
            return read;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        lock.lock();
        try {
            if (ended) {
                throw trunk.failure().orElseGet(() -> new IOException("the connection is closed"));
            }
        } finally {
            lock.unlock();
        }
        trunk.write(id, bytes);
    }

    /** Ends this connection alone: what still arrives for it is dropped. */
    @Override
    public void close() {
        lock.lock();
        try {
            waiting.clear();
            waitingCost = 0;
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more will arrive; what has arrived can be read. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
