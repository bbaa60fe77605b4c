package dev.berth.store;

import dev.berth.nix.StorePath;
import dev.berth.store.local.LocalStore;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/** The fetches of single paths that run now: a path that several threads want is fetched by one, for whom the others wait. */
final class SharedFetches {
    private final SubstituterListener listener;
    private final Map<Wanted, CompletableFuture<Outcome>> running = new ConcurrentHashMap<>();

    private record Wanted(Object store, StorePath path) {}

    /** How somebody else's fetch ended; neither done nor failed if that was given up. */
    private record Outcome(boolean done, Optional<StoreException> failure) {}

    /** @param listener is told how long threads waited for others */
    SharedFetches(SubstituterListener listener) {
        this.listener = listener;
    }

    /**
     * Runs a fetch of one path unless another thread runs it, whose end it then waits for; if that one gave up, it goes on
     * in its place.
     *
     * @throws StoreException why the fetch failed, to all who waited for it
     */
    void run(Store to, StorePath path, Runnable fetch) {
        // Sessions have each their own view of a store.
        Object store = to instanceof LocalStore local ? local.config() : to;
        Wanted wanted = new Wanted(store, path);
        while (true) {
            CompletableFuture<Outcome> mine = new CompletableFuture<>();
            CompletableFuture<Outcome> other = running.putIfAbsent(wanted, mine);
            if (other == null) {
                lead(wanted, mine, fetch);
                return;
            }
            long start = System.nanoTime();
            Outcome outcome = await(other, path);
            listener.waited(Duration.ofNanos(System.nanoTime() - start));
            if (outcome.failure().isPresent()) {
                StoreException failure = outcome.failure().get();
                throw new StoreException(failure.kind(), failure.getMessage(), failure);
            }
            if (outcome.done()) {
                return;
            }
        }
    }

    private void lead(Wanted wanted, CompletableFuture<Outcome> mine, Runnable fetch) {
        Outcome outcome = new Outcome(false, Optional.empty());
        try {
            fetch.run();
            outcome = new Outcome(true, Optional.empty());
        } catch (StoreException e) {
            // What is wrong with this thread or its view of the store need not be wrong with another's.
            if (e.kind() != StoreException.Kind.FAILED) {
                outcome = new Outcome(false, Optional.of(e));
            }
            throw e;
        } finally {
            running.remove(wanted, mine);
            mine.complete(outcome);
        }
    }

    private static Outcome await(CompletableFuture<Outcome> other, StorePath path) {
        try {
            return other.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Kind.FAILED, "fetching " + path + " was interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
