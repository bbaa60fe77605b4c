package dev.berth.node.presentation;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A few platform threads that share the work on one tree. A thread goes through the tree as it likes and, at a
 * directory, offers it to the others; it is taken only while they are short of work, so that the queue, and with it the
 * number of open directories, stays small. The first failure stops all.
 */
final class Crew {
    /** A piece of work. */
    interface Task {
        /** Does it, offering parts of it. */
        void run() throws IOException;

        /** Closes what it holds instead: it will not be run. */
        void abandon();
    }

    private final int threads;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    private final Deque<Task> waiting = new ArrayDeque<>();
    private volatile int size;
    private int busy;
    private @Nullable Throwable failure;
    private volatile boolean stopped;

    private Crew(int threads) {
        this.threads = threads;
    }

    /** Makes the first piece of work for a crew. */
    interface Start {
        /** The whole work. */
        Task of(Crew crew);
    }

    /**
     * Does work and all that it offers, with as many threads.
     *
     * @throws IOException of the first task that failed; an InterruptedIOException if the caller was interrupted. No
     *     thread is left then
     */
    static void work(int threads, Start start) throws IOException {
        Crew crew = new Crew(threads);
        crew.waiting.add(start.of(crew));
        crew.size = 1;
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            all.add(Thread.ofPlatform().name("berth-tree-" + i).start(crew::takeTurns));
        }
        boolean interrupted = false;
        for (Thread thread : all) {
            interrupted |= crew.join(thread);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        crew.rethrow(interrupted);
    }

    /** Whether the caller was interrupted; all stop then. */
    private boolean join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
                stop(null);
            }
        }
    }

    private void rethrow(boolean interrupted) throws IOException {
        switch (failure) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null -> {
                if (interrupted) {
                    throw new InterruptedIOException("interrupted while working on a tree");
                }
            }
            default -> throw new AssertionError(failure);
        }
    }

    /** Whether nothing more is to be done. */
    boolean stopped() {
        return stopped;
    }

    /** Hands a task to another thread, if one is short of work; otherwise it stays the caller's. */
    boolean offer(Task task) {
        if (size >= threads || stopped) {
            return false;
        }
        lock.lock();
        try {
            if (stopped) {
                return false;
            }
            waiting.add(task);
            size = waiting.size();
            change.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void takeTurns() {
        for (Task task = next(); task != null; task = next()) {
            try {
                task.run();
            } catch (Throwable t) {
                stop(t);
            } finally {
                finished();
            }
        }
    }

    private @Nullable Task next() {
        lock.lock();
        try {
            while (!stopped && waiting.isEmpty() && busy > 0) {
                change.awaitUninterruptibly();
            }
            if (stopped || waiting.isEmpty()) {
                return null;
            }
            Task task = waiting.remove();
            size = waiting.size();
            busy++;
            return task;
        } finally {
            lock.unlock();
        }
    }

    private void finished() {
        lock.lock();
        try {
            busy--;
            if (busy == 0) {
                change.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void stop(@Nullable Throwable cause) {
        List<Task> left;
        lock.lock();
        try {
            Throwable first = failure;
            if (cause != null && first != null) {
                first.addSuppressed(cause);
            } else if (cause != null) {
                failure = cause;
            }
            stopped = true;
            left = List.copyOf(waiting);
            waiting.clear();
            change.signalAll();
        } finally {
            lock.unlock();
        }
        left.forEach(Task::abandon);
    }
}
