package dev.berth.node;

import dev.berth.node.csi.CsiException;
import io.grpc.Deadline;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** Locks that have names and exist while they are wanted. */
final class KeyedLocks {
    private final Map<String, Entry> entries = new HashMap<>();

    private static final class Entry {
        final ReentrantLock lock = new ReentrantLock();
        int wanted;
    }

    /** Locks held; closed by the thread that took them. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Takes all locks, in an order that is the same for everybody.
     *
     * @param what what the locks stand for, in the message
     * @throws CsiException ABORTED, as the specification wants it, if another call holds one until the deadline
     */
    Held take(String what, List<String> names, Deadline deadline) {
        List<String> taken = new ArrayList<>();
        Held held = () -> taken.reversed().forEach(this::release);
        for (String name : new TreeSet<>(names)) {
            if (!lock(name, deadline)) {
                held.close();
                throw new CsiException(Status.Code.ABORTED, "another call for " + what + " is still under way");
            }
            taken.add(name);
        }
        return held;
    }

    private boolean lock(String name, Deadline deadline) {
        Entry entry;
        synchronized (entries) {
            entry = entries.computeIfAbsent(name, key -> new Entry());
            entry.wanted++;
        }
        boolean locked = false;
        try {
            locked =
                    entry.lock.tryLock(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS)), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!locked) {
                forget(name, entry);
            }
        }
        return locked;
    }

    private void release(String name) {
        Entry entry;
        synchronized (entries) {
            entry = java.util.Objects.requireNonNull(entries.get(name));
        }
        entry.lock.unlock();
        forget(name, entry);
    }

    private void forget(String name, Entry entry) {
        synchronized (entries) {
            if (--entry.wanted == 0) {
                entries.remove(name);
            }
        }
    }
}
