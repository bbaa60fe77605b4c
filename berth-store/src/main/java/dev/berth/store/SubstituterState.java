package dev.berth.store;

import dev.berth.nix.StorePath;
import dev.berth.store.cache.BinaryCache;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;

/** A substituter and what was learned of it: its priority, and whether it is down. Thread-safe. */
final class SubstituterState {
    /** How long a substituter that failed is left alone, so that each of thousands of paths does not wait for it. */
    private static final long DOWN_NANOS = 10_000_000_000L;

    /** Nix's priority of a cache that names none (libstore/binary-cache-store.hh). */
    private static final int DEFAULT_PRIORITY = 50;

    private record Down(String message, long until) {}

    private final Substituters.Substituter substituter;
    private volatile OptionalInt priority;
    private volatile Optional<Down> down = Optional.empty();

    SubstituterState(Substituters.Substituter substituter) {
        this.substituter = substituter;
        this.priority = substituter.priority();
    }

    Store store() {
        return substituter.store();
    }

    String uri() {
        return store().uri();
    }

    boolean trusted() {
        return substituter.trusted();
    }

    void close() {
        store().close();
    }

    /** Why it is not to be asked now. */
    Optional<String> down() {
        return down.filter(state -> System.nanoTime() - state.until() < 0).map(Down::message);
    }

    void failed(StoreException e) {
        if (e.kind() == StoreException.Kind.UNAVAILABLE) {
            down = Optional.of(new Down(e.getMessage(), System.nanoTime() + DOWN_NANOS));
        }
    }

    /**
     * Asks it, unless it is down.
     *
     * @param otherwise the answer if it is down or fails
     * @param failures takes what it says then
     */
    <T> T ask(Function<Store, T> question, T otherwise, Consumer<StoreException> failures) {
        if (down().isPresent()) {
            return otherwise;
        }
        try {
            return question.apply(store());
        } catch (StoreException e) {
            failed(e);
            failures.accept(e);
            return otherwise;
        }
    }

    private int priority() {
        if (priority.isEmpty()) {
            if (!(store() instanceof BinaryCache cache)) {
                priority = OptionalInt.of(0);
            } else if (down().isEmpty()) {
                try {
                    priority = OptionalInt.of(cache.priority());
                } catch (StoreException e) {
                    // It is asked again for each path and then says why it fails.
                    failed(e);
                }
            }
        }
        return priority.orElse(DEFAULT_PRIORITY);
    }

    /** By priority, those of one priority in the order given. */
    static List<SubstituterState> ordered(List<SubstituterState> substituters) {
        record Ranked(SubstituterState state, int priority) {}
        List<Ranked> ranked = new ArrayList<>();
        for (SubstituterState state : substituters) {
            // One alone needs no rank, and so is not asked for it.
            ranked.add(new Ranked(state, substituters.size() == 1 ? 0 : state.priority()));
        }
        ranked.sort(Comparator.comparingInt(Ranked::priority));
        return ranked.stream().map(Ranked::state).toList();
    }

    /** Waits for another thread's fetch; whether it did it. */
    static boolean await(CompletableFuture<Boolean> other, StorePath path) {
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
