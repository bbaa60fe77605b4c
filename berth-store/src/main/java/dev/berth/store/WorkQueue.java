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
    private int running;
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
            changed.signal();
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
    void run(int threads, Consumer<T> action) throws InterruptedException {
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            workers.add(Thread.ofPlatform().daemon().name(name + "-" + i).start(() -> work(action)));
        }
        boolean interrupted = false;
        lock.lock();
        try {
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

    private void work(Consumer<T> action) {
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
