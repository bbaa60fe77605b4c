package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException.Kind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;

/** The substituters as an origin, for one fetch: the first that has a path with a trusted signature gives it. */
final class SubstituterOrigin implements Origin<SubstituterOrigin.Offer> {
    private final Substituters all;
    private final Store to;
    private final ReentrantLock lock = new ReentrantLock();
    private List<SubstituterState> known = List.of();

    SubstituterOrigin(Substituters all, Store to) {
        this.all = all;
        this.to = to;
    }

    /** The order is asked for when a path is missing: a fetch of what is all there asks nobody. */
    private List<SubstituterState> order() {
        lock.lock();
        try {
            if (known.isEmpty()) {
                known = all.ordered();
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A path that a substituter has.
     *
     * @param index which of them
     * @param answers what those before it said
     */
    record Offer(PathInfo info, int index, List<Answer> answers) {}

    /** What a substituter said that did not help. */
    private record Answer(Kind kind, String text) {}

    @Override
    public Offer find(StorePath path) {
        return find(path, 0, List.of());
    }

    @Override
    public PathInfo info(Offer offer) {
        return offer.info();
    }

    private Offer find(StorePath path, int from, List<Answer> before) {
        List<Answer> answers = new ArrayList<>(before);
        List<SubstituterState> order = order();
        for (int i = from; i < order.size(); i++) {
            SubstituterState substituter = order.get(i);
            Optional<String> down = substituter.down();
            if (down.isPresent()) {
                answers.add(answer(substituter, Kind.UNAVAILABLE, "down (" + down.get() + ")"));
                continue;
            }
            try {
                Optional<PathInfo> info = substituter.store().pathInfo(path);
                if (info.isEmpty()) {
                    answers.add(answer(substituter, Kind.ABSENT, "absent"));
                } else if (!substituter.trusted() && !info.get().isTrustedBy(to.storeDir(), all.trustedKeys())) {
                    answers.add(answer(substituter, Kind.UNTRUSTED, Trust.describe(info.get())));
                } else {
                    return new Offer(info.get(), i, List.copyOf(answers));
                }
            } catch (StoreException e) {
                substituter.failed(e);
                answers.add(failure(substituter, e));
            }
        }
        throw failed(path, answers);
    }

    @Override
    public void transfer(Offer first, Store destination, CopyProgress progress) {
        StorePath path = first.info().path();
        all.once(destination, path, () -> {
            if (destination.validPaths(Set.of(path)).isEmpty()) {
                fetch(first, destination, progress);
            }
        });
    }

    @Override
    public void transfer(Offer offer, Transfer.Destination destination, CopyProgress progress) {
        Transfer.run(order().get(offer.index()).store(), offer.info(), destination, progress);
    }

    private void fetch(Offer first, Store destination, CopyProgress progress) {
        Offer offer = first;
        while (true) {
            SubstituterState substituter = order().get(offer.index());
            try {
                Transfer.run(substituter.store(), offer.info(), destination::add, progress);
                return;
            } catch (StoreException e) {
                if (!isOfSource(e.kind())) {
                    throw e;
                }
                substituter.failed(e);
                List<Answer> answers = new ArrayList<>(offer.answers());
                answers.add(failure(substituter, e));
                offer = find(offer.info().path(), offer.index() + 1, answers);
                // Another cache's build of the path may refer to other paths than the first one's.
                all.fetch(destination, withoutSelf(offer.info()), progress);
            }
        }
    }

    /** Takes a path from the first substituter that may give it, wherever it goes. */
    void refetch(StorePath path, BiConsumer<PathInfo, NarSource> destination) {
        Offer offer = find(path);
        Transfer.run(order().get(offer.index()).store(), offer.info(), destination::accept, CopyProgress.NONE);
    }

    private static List<StorePath> withoutSelf(PathInfo info) {
        return info.references().stream()
                .filter(reference -> !reference.equals(info.path()))
                .toList();
    }

    private static boolean isOfSource(Kind kind) {
        return switch (kind) {
            case ABSENT, UNTRUSTED, CORRUPT, UNAVAILABLE -> true;
            case NO_SPACE, READ_ONLY, REFUSED, FAILED -> false;
        };
    }

    private static Answer answer(SubstituterState substituter, Kind kind, String text) {
        return new Answer(kind, substituter.uri() + ": " + text);
    }

    private static Answer failure(SubstituterState substituter, StoreException e) {
        String what = switch (e.kind()) {
            case UNAVAILABLE -> "down (" + e.getMessage() + ")";
            case CORRUPT -> "corrupt (" + e.getMessage() + ")";
            case ABSENT, UNTRUSTED, NO_SPACE, READ_ONLY, REFUSED, FAILED -> e.getMessage();
        };
        return answer(substituter, e.kind(), what);
    }

    private StoreException failed(StorePath path, List<Answer> answers) {
        String wanted = "cannot fetch " + to.storeDir().print(path);
        if (answers.isEmpty()) {
            return new StoreException(
                    Kind.ABSENT, wanted + ": it is not in " + to.uri() + " and no cache is configured");
        }
        EnumSet<Kind> kinds = EnumSet.noneOf(Kind.class);
        answers.forEach(answer -> kinds.add(answer.kind()));
        Kind kind = Kind.ABSENT;
        for (Kind worse : List.of(Kind.UNAVAILABLE, Kind.UNTRUSTED, Kind.CORRUPT, Kind.REFUSED, Kind.FAILED)) {
            if (kinds.contains(worse)) {
                kind = worse;
                break;
            }
        }
        String said = String.join("; ", answers.stream().map(Answer::text).toList());
        return new StoreException(kind, wanted + ": " + said);
    }
}
