package dev.berth.node;

import dev.berth.node.events.Reason;
import dev.berth.node.log.LogFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that several may want at the same time and that is done once: who comes later waits for the same. It belongs to
 * nobody, and is stopped only when the last who wants it gives up. So much of it runs at once; the rest waits its turn. Its log
 * lines have the fields of who wanted it first.
 */
final class SharedWork<K, R> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedWork.class);
    /** How long work that is interrupted may take to end; longer is a defect, and is logged. */
    private static final Duration END = Duration.ofSeconds(30);

    /** Work to do. It ends soon after its thread was interrupted. */
    interface Work<R> {
        /** Does it, on a platform thread of its own. */
        R run() throws InterruptedException;

        /** What it is at, such as {@code fetching ...: 3 of 5 MiB}; asked by other threads. */
        String state();
    }

    private final String name;
    private final Reason reason;
    private final Semaphore slots;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<K, Running> running = new HashMap<>();

    /**
     * @param name of the threads
     * @param reason under which events tell what the work is at
     * @param atOnce how much runs at once
     */
    SharedWork(String name, Reason reason, int atOnce) {
        this.name = name;
        this.reason = reason;
        this.slots = new Semaphore(atOnce, true);
    }

    private final class Running {
        final Work<R> work;
        final CompletableFuture<R> done = new CompletableFuture<>();
        final Thread thread;
        volatile boolean started;
        /** Under the lock. */
        int wanted;

        Running(K key, Work<R> work) {
            this.work = work;
            this.thread = Thread.ofPlatform()
                    .daemon()
                    .name(name)
                    .unstarted(LogFields.ofThisThread().around(() -> run(key)));
        }

        private void run(K key) {
            try {
                slots.acquire();
                try {
                    started = true;
                    R result = work.run();
                    forget(key, this);
                    done.complete(result);
                } finally {
                    slots.release();
                }
            } catch (Throwable e) {
                forget(key, this);
                done.completeExceptionally(e);
            }
        }

        String state() {
            return started ? work.state() : "waiting for others to end before " + work.state();
        }
    }

    /**
     * What the work of that key comes to.
     *
     * @param work made if nobody is at it
     * @throws RuntimeException as {@link Patience#await} says
     */
    R get(K key, Supplier<Work<R>> work, Patience patience) {
        Running mine = join(key, work);
        try {
            return patience.await(mine.done, reason, mine::state);
        } finally {
            leave(key, mine);
        }
    }

    private Running join(K key, Supplier<Work<R>> work) {
        lock.lock();
        try {
            Running there = running.get(key);
            if (there == null) {
                there = new Running(key, work.get());
                running.put(key, there);
                there.thread.start();
            }
            there.wanted++;
            return there;
        } finally {
            lock.unlock();
        }
    }

    private void leave(K key, Running mine) {
        boolean last;
        lock.lock();
        try {
            last = --mine.wanted == 0 && !mine.done.isDone();
            if (last) {
                running.remove(key, mine); // who comes now begins anew
            }
        } finally {
            lock.unlock();
        }
        if (last) {
            stop(mine);
        }
    }

    private void forget(K key, Running ended) {
        lock.lock();
        try {
            running.remove(key, ended);
        } finally {
            lock.unlock();
        }
    }

    /** Returns when its thread has ended, so that nobody finds it at work on what he then removes. */
    private void stop(Running work) {
        work.thread.interrupt();
        try {
            if (!work.thread.join(END)) {
                LOG.warn("does not stop within {} s: {}", END.toSeconds(), work.state());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many are under way or wait their turn. */
    int size() {
        lock.lock();
        try {
            return running.size();
        } finally {
            lock.unlock();
        }
    }

    /** Stops all. */
    @Override
    public void close() {
        List<Running> left;
        lock.lock();
        try {
            left = new ArrayList<>(running.values());
            running.clear();
        } finally {
            lock.unlock();
        }
        left.forEach(work -> work.thread.interrupt());
        left.forEach(this::stop);
    }
}
