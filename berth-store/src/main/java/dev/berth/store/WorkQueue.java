package dev.berth.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs an action for each item on a few threads; the action may put more items. It ends when no item is left and none
 * runs. The first failure, or an interrupt of the caller, stops it: no further item starts, running ones are interrupted
 * and waited for.
 *
 * <p>The threads are platform threads, because the actions spend their time in system calls, which would hold a virtual
 * thread's carrier.
 */
final class WorkQueue<T> {
    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<T> items = new ArrayDeque<>();
    private final List<Thread> workers = new ArrayList<>();
    private int running;
    private int idle;
    private int most;
    private Consumer<T> action = _ -> {};
    private boolean stopped;
    private @Nullable Throwable failure;

    /** @param name of the threads */
    WorkQueue(String name) {
        this.name = name;
    }

    /** Adds an item. */
    void put(T item) {
        lock.lock();
        try {
            items.add(item);
            if (!startWorker()) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Works until done.
     *
     * @throws RuntimeException whatever the action threw first
     * @throws InterruptedException if the calling thread is interrupted; all work has stopped by then
     */
    void run(int threads, Consumer<T> work) throws InterruptedException {
        boolean interrupted = false;
        lock.lock();
        try {
            action = work;
            most = threads;
            for (boolean more = true; more; ) {
                more = startWorker();
            }
            while (!stopped && (running > 0 || !items.isEmpty())) {
                changed.await();
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            stopped = true;
            changed.signalAll();
            if (failure != null || interrupted) {
                workers.forEach(Thread::interrupt);
            }
            lock.unlock();
        }
        for (Thread worker : workers) {
            interrupted |= join(worker);
        }
        if (interrupted) {
            throw new InterruptedException();
        }
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /** Starts a thread if there are more items than threads that wait for one; under the lock. */
    private boolean startWorker() {
        if (stopped || workers.size() >= most || items.size() <= idle) {
            return false;
        }
        idle++;
        workers.add(
                Thread.ofPlatform().daemon().name(name + "-" + workers.size()).start(this::work));
        return true;
    }

    private void work() {
        for (T item = take(); item != null; item = take()) {
            Throwable thrown = null;
            try {
                action.accept(item);
            } catch (RuntimeException | Error e) {
                thrown = e;
            } finally {
                done(thrown);
            }
        }
    }

    private @Nullable T take() {
        lock.lock();
        try {
            while (items.isEmpty() && !stopped) {
                changed.await();
            }
            if (stopped) {
                return null;
            }
            idle--;
            running++;
            return items.poll();
        } catch (InterruptedException e) {
            // Only run() interrupts these threads, when all is over.
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void done(@Nullable Throwable thrown) {
        lock.lock();
        try {
            running--;
            idle++;
            if (thrown != null && failure == null && !stopped) {
                failure = thrown;
                stopped = true;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a thread to end, whatever happens; whether this thread was interrupted meanwhile. */
    private static boolean join(Thread worker) {
        boolean interrupted = false;
        while (true) {
            try {
                worker.join();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }
}
