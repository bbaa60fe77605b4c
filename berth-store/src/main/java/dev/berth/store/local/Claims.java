package dev.berth.store.local;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Settles, between a collection of garbage and those who need paths, who comes first. Paths are told apart by their hash
 * parts, so that what is named after a path ({@code .lock}, {@code .chroot}) goes with it. Any thread.
 *
 * <p>INVARIANT: no hash part is claimed for deletion after it was rooted, and {@link #root} returns only when it is rooted
 * and not claimed.
 */
final class Claims {
    private final Set<String> rooted = new HashSet<>();
    private final Set<String> claimed = new HashSet<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();

    /** Protects a hash part for the rest of the collection; waits until a deletion under way is done. */
    void root(String hashPart) throws InterruptedException {
        lock.lock();
        try {
            rooted.add(hashPart);
            while (claimed.contains(hashPart)) {
                // The deletion ends by itself; the time only bounds how long a lost signal would be missed.
                boolean signalled = released.await(1, TimeUnit.SECONDS);
                if (!signalled && Thread.currentThread().isInterrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isRooted(String hashPart) {
        lock.lock();
        try {
            return rooted.contains(hashPart);
        } finally {
            lock.unlock();
        }
    }

    /** Claims all of these for deletion; false, and none, if one of them is rooted. */
    boolean claim(Collection<String> hashParts) {
        lock.lock();
        try {
            for (String hashPart : hashParts) {
                if (rooted.contains(hashPart)) {
                    return false;
                }
            }
            claimed.addAll(hashParts);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The claimed ones are deleted or will not be. */
    void release() {
        lock.lock();
        try {
            claimed.clear();
            released.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
