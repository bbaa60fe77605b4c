package dev.berth.store;

import dev.berth.store.StoreException.Kind;
import dev.berth.store.SubstituterState.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One question to substituters in their order, until one gives what may be taken. One that does not answer in time is
 * passed over, and waited for only if no other has it. Used once, by one thread.
 */
final class Inquiry<T> {
    private final List<SubstituterState> order;
    private final Function<Store, Optional<T>> question;
    private final BiFunction<SubstituterState, T, Optional<String>> objection;
    private final Consumer<StoreException> failures;
    private final List<Said> said = new ArrayList<>();

    /** What a substituter said that did not help. */
    record Said(Kind kind, String text) {}

    /** What helps, and who gave it. */
    record Found<T>(SubstituterState from, T value) {}

    private record Waiting<T>(SubstituterState state, CompletableFuture<Optional<T>> answer) {}

    /**
     * @param objection why what one gives may not be taken
     * @param failures takes what those say that could not be asked
     */
    Inquiry(
            List<SubstituterState> order,
            Function<Store, Optional<T>> question,
            BiFunction<SubstituterState, T, Optional<String>> objection,
            Consumer<StoreException> failures) {
        this.order = order;
        this.question = question;
        this.objection = objection;
        this.failures = failures;
    }

    /** What those said that did not help, in the order they said it. */
    List<Said> said() {
        return said;
    }

    /** Asks those that the condition holds for. */
    Optional<Found<T>> run(Predicate<SubstituterState> asked) {
        List<Waiting<T>> waiting = new ArrayList<>();
        List<SubstituterState> slow = new ArrayList<>();
        for (SubstituterState state : order) {
            if (asked.test(state) && state.isSlow()) {
                slow.add(state);
            } else if (asked.test(state)) {
                Optional<Found<T>> found = take(state, state.ask(question), waiting);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        for (SubstituterState state : slow) {
            Optional<Found<T>> found = take(state, state.begin(question), waiting);
            if (found.isPresent()) {
                return found;
            }
        }
        return firstOf(waiting);
    }

    /** Of those that are late, the first that answers with what may be taken. */
    private Optional<Found<T>> firstOf(List<Waiting<T>> waiting) {
        List<Waiting<T>> left = new ArrayList<>(waiting);
        while (!left.isEmpty()) {
            awaitOne(left);
            for (Waiting<T> late : List.copyOf(left)) {
                if (late.answer().isDone()) {
                    left.remove(late);
                    Optional<Found<T>> found = take(late.state(), late.state().await(late.answer()), waiting);
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private void awaitOne(List<Waiting<T>> late) {
        CompletableFuture<?>[] answers = late.stream().map(Waiting::answer).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.anyOf(answers).handle((_, _) -> true).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Kind.FAILED, "asking for a path was interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private Optional<Found<T>> take(SubstituterState state, Reply<T> reply, List<Waiting<T>> waiting) {
        switch (reply) {
            case Reply.Given<T>(T value) -> {
                Optional<String> why = objection.apply(state, value);
                if (why.isEmpty()) {
                    return Optional.of(new Found<>(state, value));
                }
                add(state, Kind.UNTRUSTED, "untrusted (" + why.get() + ")");
            }
            case Reply.Absent<T> _ -> add(state, Kind.ABSENT, "absent");
            case Reply.LeftAlone<T>(StoreException why) ->
                add(state, why.kind(), word(why) + " (left alone for a while: " + why.getMessage() + ")");
            case Reply.Failed<T>(StoreException why) -> {
                said.add(said(state, why));
                failures.accept(why);
            }
            case Reply.Late<T>(CompletableFuture<Optional<T>> answer) -> waiting.add(new Waiting<>(state, answer));
        }
        return Optional.empty();
    }

    private void add(SubstituterState state, Kind kind, String text) {
        said.add(new Said(kind, state.uri() + ": " + text));
    }

    /** A failure in one of the words that users know. */
    static Said said(SubstituterState state, StoreException e) {
        String what = switch (e.kind()) {
            case ABSENT, UNTRUSTED, CORRUPT, UNAVAILABLE, SLOW -> word(e) + " (" + e.getMessage() + ")";
            case NO_SPACE, READ_ONLY, REFUSED, FAILED -> e.getMessage();
        };
        return new Said(e.kind(), state.uri() + ": " + what);
    }

    private static String word(StoreException e) {
        return switch (e.kind()) {
            case ABSENT -> "absent";
            case UNTRUSTED -> "untrusted";
            case CORRUPT -> "corrupt";
            case UNAVAILABLE -> "down";
            case SLOW -> "slow";
            case NO_SPACE, READ_ONLY, REFUSED, FAILED -> "failed";
        };
    }
}
