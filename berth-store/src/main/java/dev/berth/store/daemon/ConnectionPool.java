package dev.berth.store.daemon;

import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Connections to one daemon: at most so many at once, the one used last first. Who finds all in use waits; idle and old
 * ones are closed by a thread that lives while there are idle ones. Any thread.
 */
final class ConnectionPool implements AutoCloseable {
    private final String uri;
    private final PoolLimits limits;
    private final Supplier<Connection> opener;
    private final Semaphore permits;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Connection> idle = new ArrayDeque<>();
    private boolean reaping;
    private boolean closed;

    /** @param opener makes a connection; throws StoreException */
    ConnectionPool(String uri, PoolLimits limits, Supplier<Connection> opener) {
        this.uri = uri;
        this.limits = limits;
        this.opener = opener;
        this.permits = new Semaphore(limits.connections(), true);
    }

    /**
     * A connection for the caller alone, to be given to {@link #giveBack} or {@link #discard}.
     *
     * @param fresh whether it must be a new one
     * @throws StoreException if none can be had
     */
    Connection take(boolean fresh) {
        awaitPermit();
        boolean done = false;
        try {
            Connection connection = fresh ? opener.get() : pooled();
            done = true;
            return connection;
        } finally {
            if (!done) {
                permits.release();
            }
        }
    }

    private void awaitPermit() {
        try {
            if (!permits.tryAcquire(limits.patience().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new StoreException(
                        Kind.UNAVAILABLE,
                        "all " + limits.connections() + " connections to " + uri + " were in use for "
                                + limits.patience().toSeconds() + " s; raise max-connections, or try again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Kind.FAILED, "interrupted while waiting for a connection to " + uri, e);
        }
    }

    private Connection pooled() {
        List<Connection> over = new ArrayList<>();
        try {
            lock.lock();
            try {
                if (closed) {
                    throw new StoreException(Kind.REFUSED, "store " + uri + " was closed");
                }
                while (!idle.isEmpty()) {
                    Connection connection = idle.pop();
                    if (connection.left(limits) > 0) {
                        return connection;
                    }
                    over.add(connection);
                }
            } finally {
                lock.unlock();
            }
        } finally {
            over.forEach(Connection::close);
        }
        return opener.get();
    }

    /** Takes back a connection on which the last call was answered whole. */
    void giveBack(Connection connection) {
        connection.returned();
        boolean kept = false;
        lock.lock();
        try {
            if (!closed && connection.left(limits) > 0) {
                idle.push(connection);
                kept = true;
                startReaping();
            }
        } finally {
            lock.unlock();
        }
        if (!kept) {
            connection.close();
        }
        permits.release();
    }

    /** Takes back a connection of which nothing is known. */
    void discard(Connection connection) {
        try {
            connection.close();
        } finally {
            permits.release();
        }
    }

    private void startReaping() {
        if (!reaping) {
            reaping = true;
            Thread.ofVirtual().name("berth-daemon-idle").start(this::reap);
        }
    }

    private void reap() {
        while (true) {
            List<Connection> over = new ArrayList<>();
            lock.lock();
            try {
                long next = Long.MAX_VALUE;
                for (Connection connection : List.copyOf(idle)) {
                    long left = connection.left(limits);
                    if (left <= 0) {
                        idle.remove(connection);
                        over.add(connection);
                    } else {
                        next = Math.min(next, left);
                    }
                }
                if (over.isEmpty()) {
                    if (idle.isEmpty()) {
                        reaping = false;
                        return;
                    }
                    changed.awaitNanos(next);
                }
            } catch (InterruptedException e) {
                // Nobody interrupts this thread; if somebody did, idle connections are closed when they are met.
                reaping = false;
                return;
            } finally {
                lock.unlock();
            }
            over.forEach(Connection::close);
        }
    }

    /** Closes the idle ones; those in use are closed when they come back. */
    @Override
    public void close() {
        List<Connection> all;
        lock.lock();
        try {
            closed = true;
            all = List.copyOf(idle);
            idle.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        all.forEach(Connection::close);
    }
}
