package dev.berth.node;

import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.WantedPackages;
import dev.berth.node.expression.Expression;
import dev.berth.store.StoreException;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Of the ways in which a volume says what it shows, the first that succeeds: the store path, then its expressions. */
final class Choice {
    private final WantedPackages wanted;
    private final Function<Expression, List<StorePath>> evaluation;
    private final Patience patience;

    /**
     * @param evaluation gives the store paths of an expression
     * @param patience whose end ends the trying
     */
    Choice(WantedPackages wanted, Function<Expression, List<StorePath>> evaluation, Patience patience) {
        this.wanted = wanted;
        this.evaluation = evaluation;
        this.patience = patience;
    }

    /**
     * What an attempt gives for the packages that it succeeds with.
     *
     * @param attempt throws what {@link CsiException} and {@link StoreException} stand for if these can't be had
     * @throws CsiException if none succeeds, with what each said
     * @throws StoreException if there is only one way, as that fails
     */
    <T> T first(Function<List<StorePath>, T> attempt) {
        List<Supplier<List<StorePath>>> ways = new ArrayList<>();
        wanted.storePath().ifPresent(path -> ways.add(() -> List.of(path)));
        wanted.expressions().forEach(expression -> ways.add(() -> evaluation.apply(expression)));
        if (ways.isEmpty()) {
            ways.add(List::of);
        }
        List<CsiException> failures = new ArrayList<>();
        for (Supplier<List<StorePath>> way : ways) {
            try {
                return attempt.apply(wanted.with(way.get()));
            } catch (StoreException | CsiException e) {
                if (ways.size() == 1 || patience.isOver()) {
                    throw e;
                }
                failures.add(e instanceof StoreException store ? CsiException.of(store) : (CsiException) e);
            }
        }
        throw new CsiException(
                code(failures),
                failures.stream().map(CsiException::getMessage).collect(Collectors.joining("; then: ")),
                failures.getFirst());
    }

    /** That of one which may pass, if there is any. */
    private static Status.Code code(List<CsiException> failures) {
        return failures.stream()
                .map(CsiException::code)
                .filter(code -> switch (code) {
                    case UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED -> true;
                    default -> false;
                })
                .findFirst()
                .orElse(failures.getFirst().code());
    }
}
