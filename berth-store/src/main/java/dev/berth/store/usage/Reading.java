package dev.berth.store.usage;

import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** Reads many small files of a cache, some at a time, as each may be an answer of a distant server. */
final class Reading {
    private static final int AT_ONCE = 32;

    private Reading() {}

    /**
     * @param file reads one
     * @param each is told what is there, on the caller's thread
     * @param unreadable is told what does not parse
     * @throws StoreException if one can't be got: then nobody knows what is there
     */
    static <K, V> void many(
            Collection<K> keys,
            Function<K, Optional<V>> file,
            BiConsumer<K, V> each,
            Consumer<StoreException> unreadable) {
        List<K> all = new ArrayList<>(keys);
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int from = 0; from < all.size(); from += AT_ONCE) {
                List<K> some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
                List<Future<Optional<V>>> answers = some.stream()
                        .map(key -> readers.submit(() -> file.apply(key)))
                        .toList();
                for (int i = 0; i < some.size(); i++) {
                    K key = some.get(i);
                    try {
                        answers.get(i).get().ifPresent(value -> each.accept(key, value));
                    } catch (ExecutionException e) {
                        tell(e, unreadable);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Kind.UNAVAILABLE, "interrupted while reading a cache", e);
        }
    }

    private static void tell(ExecutionException e, Consumer<StoreException> unreadable) {
        if (e.getCause() instanceof StoreException failure) {
            StoreException here = new StoreException(failure.kind(), failure.getMessage(), failure);
            if (failure.kind() == Kind.CORRUPT) {
                unreadable.accept(here);
                return;
            }
            throw here;
        }
        throw new IllegalStateException(e.getCause());
    }
}
