package dev.berth.gateway.http;

import dev.berth.gateway.CacheContent;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Fetches from substituters that belong to nobody who waits for them: each runs on a thread of its own to its end, whether
 * those who asked are still there or not. Any thread.
 */
final class Fetches {
    /** Clients give up a transfer that sends nothing for five minutes; what they find when they come again is further. */
    private static final long WAIT_SECONDS = 240;

    private final CacheContent content;
    private final Map<StorePath, CompletableFuture<StorePath>> running = new ConcurrentHashMap<>();

    Fetches(CacheContent content) {
        this.content = content;
    }

    /**
     * Makes a path valid with all that it refers to.
     *
     * @throws StoreException if that fails, or takes too long; then it goes on
     */
    void fetch(StorePath path) {
        CompletableFuture<StorePath> mine = new CompletableFuture<>();
        CompletableFuture<StorePath> other = running.putIfAbsent(path, mine);
        if (other == null) {
            Thread.ofVirtual().name("berth-fetch").start(() -> run(path, mine));
        }
        await(path, other == null ? mine : other);
    }

    private void run(StorePath path, CompletableFuture<StorePath> done) {
        try {
            content.fetch(path);
            running.remove(path, done);
            done.complete(path);
        } catch (Throwable e) {
            // Everything, errors too, is for those who wait.
            running.remove(path, done);
            done.completeExceptionally(e);
        }
    }

    private static void await(StorePath path, CompletableFuture<StorePath> done) {
        try {
            done.get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException failure) {
                throw new StoreException(failure.kind(), failure.getMessage(), e);
            }
            throw new IllegalStateException("fetching " + path + " failed", e);
        } catch (TimeoutException e) {
            throw new StoreException(Kind.SLOW, path + " is still being fetched; come again", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Kind.FAILED, "waiting for " + path + " was interrupted", e);
        }
    }
}
