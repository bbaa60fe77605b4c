package dev.berth.node.nri;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the handler is still to be told, in order, on one thread. */
final class EventQueue implements AutoCloseable {
    /** How much may wait: an event holds a container with its environment, some KiB. */
    static final int MAX_WAITING = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(EventQueue.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final Thread thread;
    private boolean closed;

    EventQueue() {
        this.thread = Thread.ofVirtual().name("nri-events").start(this::tell);
    }

    /** Adds what happened; false if too much waits already. */
    boolean add(Runnable event) {
        lock.lock();
        try {
            if (waiting.size() >= MAX_WAITING) {
                return false;
            }
            waiting.add(event);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Adds a synchronization in place of everything that waits, as it tells what came of that. */
    void replace(Runnable synchronization) {
        lock.lock();
        try {
            waiting.clear();
            waiting.add(synchronization);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    private void tell() {
        try {
            while (true) {
                tell(next());
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    private static void tell(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException e) {
            // The next ones are of other containers, which are not to be held for ever.
            LOG.error("a defect kept an event of the runtime from being handled", e);
        }
    }

    private Runnable next() throws InterruptedException {
        lock.lock();
        try {
            while (waiting.isEmpty() || closed) {
                if (closed) {
                    throw new InterruptedException("closed");
                }
                changed.await();
            }
            Runnable event = waiting.remove();
            return () -> {
                try {
                    event.run();
                } catch (RuntimeException e) {
                    LOG.error("cannot handle an NRI event", e);
                }
            };
        } finally {
            lock.unlock();
        }
    }

    /** Drops what waits and interrupts what is told now. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
    }
}
