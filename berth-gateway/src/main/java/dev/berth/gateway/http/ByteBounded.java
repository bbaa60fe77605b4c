package dev.berth.gateway.http;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;

/**
 * A map of bounded size that forgets what was not asked for lately: two halves, of which the older one goes as a whole when
 * the younger one is full. Reading takes no lock. Any thread.
 */
final class ByteBounded<V> {
    private final long half;
    private final ToIntFunction<V> size;
    private final ReentrantLock turning = new ReentrantLock();
    private volatile Half<V> young = new Half<>();
    private volatile Half<V> old = new Half<>();

    private static final class Half<V> {
        private final ConcurrentHashMap<String, V> values = new ConcurrentHashMap<>();
        private final AtomicLong bytes = new AtomicLong();
    }

    /**
     * @param bytes the most that all values take
     * @param size what a value takes with its key, roughly
     */
    ByteBounded(long bytes, ToIntFunction<V> size) {
        this.half = bytes / 2;
        this.size = size;
    }

    Optional<V> get(String key) {
        V value = young.values.get(key);
        if (value != null) {
            return Optional.of(value);
        }
        value = old.values.get(key);
        if (value != null) {
            put(key, value);
        }
        return Optional.ofNullable(value);
    }

    void put(String key, V value) {
        Half<V> half = young;
        V before = half.values.put(key, value);
        long change = (long) size.applyAsInt(value) - (before == null ? 0 : size.applyAsInt(before));
        if (half.bytes.addAndGet(change) > this.half) {
            turn(half);
        }
    }

    private void turn(Half<V> full) {
        turning.lock();
        try {
            if (young == full) {
                old = full;
                young = new Half<>();
            }
        } finally {
            turning.unlock();
        }
    }
}
