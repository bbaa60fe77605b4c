package dev.berth.store;

import dev.berth.nix.StorePath;
import dev.berth.store.SubstituterListener.Answer;
import dev.berth.store.cache.BinaryCache;
import dev.berth.store.local.LocalStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** A substituter and what was learned of it: its priority, and how it answers. Thread-safe. */
final class SubstituterState {
    /** Nix's priority of a cache that names none (libstore/binary-cache-store.hh). */
    private static final int DEFAULT_PRIORITY = 50;

    /** A path that no store has. */
    private static final StorePath NOWHERE = new StorePath("00000000000000000000000000000000-nowhere");

    private final Substituters.Substituter substituter;
    private final Duration queryTimeout;
    private final SubstituterListener listener;
    private final SubstituterHealth health = new SubstituterHealth(System::nanoTime);
    private final boolean remote;
    private volatile OptionalInt priority;

    SubstituterState(Substituters.Substituter substituter, Duration queryTimeout, SubstituterListener listener) {
        this.substituter = substituter;
        this.queryTimeout = queryTimeout;
        this.listener = listener;
        this.priority = substituter.priority();
        this.remote = switch (substituter.store()) {
            case LocalStore _ -> false;
            case BinaryCache cache -> cache.isRemote();
            default -> true;
        };
    }

    /** What came of a question. */
    sealed interface Reply<T> {
        /** It has what was asked for. */
        record Given<T>(T value) implements Reply<T> {}

        /** It says that it has not. */
        record Absent<T>() implements Reply<T> {}

        /** It could not be asked. */
        record Failed<T>(StoreException why) implements Reply<T> {}

        /** It was not asked, as it failed lately. */
        record LeftAlone<T>(StoreException why) implements Reply<T> {}

        /** It has not said in time; the question stands. */
        record Late<T>(CompletableFuture<Optional<T>> answer) implements Reply<T> {}
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

    /** Whether it has been so slow that the others are to be asked before it. */
    boolean isSlow() {
        return health.isSlow();
    }

    /** Takes part of the blame for a path that could not be fetched. */
    void failed(StoreException e) {
        if (e.kind().isSilence()) {
            boolean before = health.isDown();
            health.failed(e);
            if (!before && health.isDown()) {
                listener.healthChanged(uri(), e.getMessage());
            }
        }
    }

    private void answered(Duration took) {
        boolean before = health.isDown();
        health.answered(took.compareTo(queryTimeout) <= 0);
        if (before) {
            listener.healthChanged(uri(), "");
        }
    }

    /** Asks it, and does not wait for long. */
    <T> Reply<T> ask(Function<Store, Optional<T>> question) {
        Reply<T> begun = begin(question);
        if (!(begun instanceof Reply.Late<T>(CompletableFuture<Optional<T>> answer))) {
            return begun;
        }
        try {
            answer.get(queryTimeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            health.late();
            listener.asked(uri(), Answer.TIMEOUT, queryTimeout);
            return begun;
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            return await(answer);
        }
        return await(answer);
    }

    /** Asks it, and waits as long as its own deadlines let it take. */
    <T> Reply<T> askPatiently(Function<Store, Optional<T>> question) {
        Reply<T> begun = begin(question);
        return begun instanceof Reply.Late<T>(CompletableFuture<Optional<T>> answer) ? await(answer) : begun;
    }

    /** Asks it, and does not wait at all: late, or left alone. Who does not want the answer any more lets it come. */
    <T> Reply<T> begin(Function<Store, Optional<T>> question) {
        Optional<StoreException> down = health.leftAlone();
        if (down.isPresent()) {
            listener.asked(uri(), Answer.SKIPPED, Duration.ZERO);
            return new Reply.LeftAlone<>(down.get());
        }
        CompletableFuture<Optional<T>> answer = new CompletableFuture<>();
        Runnable asking = () -> {
            try {
                answer.complete(timed(question));
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        };
        if (remote) {
            Thread.ofVirtual().name("berth-ask").start(asking);
        } else {
            asking.run();
        }
        return new Reply.Late<>(answer);
    }

    /**
     * Asks it whether it is there, also if it is left alone; that it is not counts against it.
     *
     * @return why it is not, or empty; it comes when its own deadlines let it
     */
    CompletableFuture<Optional<StoreException>> probe() {
        CompletableFuture<Optional<StoreException>> answer = new CompletableFuture<>();
        Thread.ofVirtual().name("berth-probe").start(() -> {
            long start = System.nanoTime();
            try {
                switch (store()) {
                    case BinaryCache cache -> cache.probe();
                    case Store other -> other.pathInfo(NOWHERE);
                }
                answered(Duration.ofNanos(System.nanoTime() - start));
                answer.complete(Optional.empty());
            } catch (StoreException e) {
                failed(e);
                answer.complete(Optional.of(e));
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private <T> Optional<T> timed(Function<Store, Optional<T>> question) {
        long start = System.nanoTime();
        try {
            Optional<T> answer = question.apply(store());
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            answered(took);
            listener.asked(uri(), answer.isPresent() ? Answer.HIT : Answer.MISS, took);
            return answer;
        } catch (StoreException e) {
            failed(e);
            listener.asked(uri(), Answer.ERROR, Duration.ofNanos(System.nanoTime() - start));
            throw e;
        }
    }

    /** What came of a question that stood. */
    <T> Reply<T> await(CompletableFuture<Optional<T>> answer) {
        try {
            Optional<T> given = answer.get();
            return given.isPresent() ? new Reply.Given<>(given.get()) : new Reply.Absent<>();
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            return switch (e.getCause()) {
                case StoreException failure -> new Reply.Failed<>(failure);
                case null, default -> throw new IllegalStateException("asking " + uri() + " failed", e);
            };
        }
    }

    private StoreException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new StoreException(StoreException.Kind.FAILED, "asking " + uri() + " was interrupted", e);
    }

    private int priority() {
        if (priority.isEmpty()) {
            if (!(store() instanceof BinaryCache cache)) {
                priority = OptionalInt.of(0);
            } else if (!health.isDown()) {
                // If it is late or fails, it is asked again for each path and then says why.
                if (ask(_ -> Optional.of(cache.priority())) instanceof Reply.Given<Integer>(Integer said)) {
                    priority = OptionalInt.of(said);
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
}
