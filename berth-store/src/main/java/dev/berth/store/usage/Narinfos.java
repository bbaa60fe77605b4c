package dev.berth.store.usage;

import dev.berth.nix.NarInfo;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.cache.CacheUpkeep;
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

/** Reads many narinfos, some at a time, as each may be an answer of a distant server. */
final class Narinfos {
    private static final int AT_ONCE = 32;

    private Narinfos() {}

    /**
     * @param each is told what is there, on the caller's thread
     * @param unreadable is told what is no narinfo
     * @throws StoreException if one can't be got: then nobody knows what is there
     */
    static void read(
            CacheUpkeep cache,
            Collection<String> hashParts,
            BiConsumer<String, NarInfo> each,
            Consumer<StoreException> unreadable) {
        List<String> all = new ArrayList<>(hashParts);
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int from = 0; from < all.size(); from += AT_ONCE) {
                List<String> some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
                List<Future<Optional<NarInfo>>> answers = some.stream()
                        .map(hashPart -> readers.submit(() -> cache.narInfo(hashPart)))
                        .toList();
                for (int i = 0; i < some.size(); i++) {
                    String hashPart = some.get(i);
                    try {
                        answers.get(i).get().ifPresent(info -> each.accept(hashPart, info));
                    } catch (ExecutionException e) {
                        tell(e, unreadable);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Kind.UNAVAILABLE, "interrupted while reading narinfos", e);
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
