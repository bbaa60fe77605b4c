package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.cache.BinaryCache;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

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
     * @param from which of them
     * @param answers what those before it said
     */
    record Offer(PathInfo info, SubstituterState from, List<Inquiry.Said> answers) {}

    @Override
    public Offer find(StorePath path) {
        return find(path, Set.of(), List.of());
    }

    @Override
    public PathInfo info(Offer offer) {
        return offer.info();
    }

    private Offer find(StorePath path, Set<SubstituterState> without, List<Inquiry.Said> before) {
        Inquiry<PathInfo> inquiry = new Inquiry<>(order(), store -> store.pathInfo(path), this::objection, _ -> {});
        Optional<Inquiry.Found<PathInfo>> found = inquiry.run(state -> !without.contains(state));
        List<Inquiry.Said> answers =
                Stream.concat(before.stream(), inquiry.said().stream()).toList();
        return found.map(it -> new Offer(it.value(), it.from(), answers)).orElseThrow(() -> failed(path, answers));
    }

    /** The path with a hash part, if all were asked and one has it. */
    Optional<PathInfo> offered(String hashPart) {
        Inquiry<PathInfo> inquiry = new Inquiry<>(
                order(), store -> store.pathFromHashPart(hashPart).flatMap(store::pathInfo), this::objection, _ -> {});
        Optional<Inquiry.Found<PathInfo>> found = inquiry.run(_ -> true);
        if (found.isEmpty() && inquiry.said().stream().anyMatch(said -> said.kind() != Kind.ABSENT)) {
            throw failed("cannot look for " + to.storeDir() + "/" + hashPart, inquiry.said());
        }
        return found.map(Inquiry.Found::value);
    }

    private Optional<String> objection(SubstituterState from, PathInfo info) {
        boolean trusted = from.trusted() || info.isTrustedBy(to.storeDir(), all.trustedKeys());
        return trusted ? Optional.empty() : Optional.of(Trust.describe(info));
    }

    @Override
    public void transfer(Offer first, Store destination, CopyProgress progress) {
        StorePath path = first.info().path();
        all.shared().run(destination, path, () -> {
            if (destination.validPaths(Set.of(path)).isEmpty()) {
                fetch(first, destination, progress);
            }
        });
    }

    @Override
    public void transfer(Offer offer, Transfer.Destination destination, CopyProgress progress) {
        run(offer, destination, progress);
    }

    private void run(Offer offer, Transfer.Destination destination, CopyProgress progress) {
        SubstituterState from = offer.from();
        long start = System.nanoTime();
        boolean done = false;
        try {
            Transfer.run(from.store(), offer.info(), destination, new Metered(progress, from.uri(), all.listener()));
            done = true;
        } finally {
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            all.listener().fetched(from.uri(), done, offer.info().narSize(), took);
        }
    }

    private void fetch(Offer first, Store destination, CopyProgress progress) {
        Offer offer = first;
        Set<SubstituterState> tried = new HashSet<>();
        while (true) {
            SubstituterState from = offer.from();
            try {
                run(offer, destination::add, progress);
                return;
            } catch (StoreException e) {
                if (!isOfSource(e.kind())) {
                    throw e;
                }
                if (BinaryCache.droppedPart(e) && tried.add(from)) {
                    continue; // from the start this time
                }
                tried.add(from);
                from.failed(e);
                List<Inquiry.Said> answers = new ArrayList<>(offer.answers());
                answers.add(Inquiry.said(from, e));
                offer = find(offer.info().path(), tried, answers);
                // Another cache's build of the path may refer to other paths than the first one's.
                all.fetch(destination, withoutSelf(offer.info()), progress);
            }
        }
    }

    /** Takes a path from the first substituter that may give it, wherever it goes. */
    void refetch(StorePath path, BiConsumer<PathInfo, NarSource> destination) {
        run(find(path), destination::accept, CopyProgress.NONE);
    }

    private static List<StorePath> withoutSelf(PathInfo info) {
        return info.references().stream()
                .filter(reference -> !reference.equals(info.path()))
                .toList();
    }

    private static boolean isOfSource(Kind kind) {
        return switch (kind) {
            case ABSENT, UNTRUSTED, CORRUPT, UNAVAILABLE, SLOW -> true;
            case NO_SPACE, READ_ONLY, REFUSED, FAILED -> false;
        };
    }

    private StoreException failed(StorePath path, List<Inquiry.Said> answers) {
        return failed("cannot fetch " + to.storeDir().print(path), answers);
    }

    private StoreException failed(String wanted, List<Inquiry.Said> answers) {
        if (answers.isEmpty()) {
            return new StoreException(
                    Kind.ABSENT, wanted + ": it is not in " + to.uri() + " and no cache is configured");
        }
        EnumSet<Kind> kinds = EnumSet.noneOf(Kind.class);
        answers.forEach(answer -> kinds.add(answer.kind()));
        Kind kind = Kind.ABSENT;
        for (Kind worse :
                List.of(Kind.UNAVAILABLE, Kind.SLOW, Kind.UNTRUSTED, Kind.CORRUPT, Kind.REFUSED, Kind.FAILED)) {
            if (kinds.contains(worse)) {
                kind = worse;
                break;
            }
        }
        String said = String.join("; ", answers.stream().map(Inquiry.Said::text).toList());
        return new StoreException(kind, wanted + ": " + said);
    }

    /** Tells the figures of what the progress is told. */
    private record Metered(CopyProgress progress, String uri, SubstituterListener listener) implements CopyProgress {
        @Override
        public void planned(long paths, long narBytes) {
            progress.planned(paths, narBytes);
        }

        @Override
        public void started(PathInfo info, String from) {
            progress.started(info, from);
        }

        @Override
        public void downloaded(PathInfo info, long more, long bytes, long ofBytes) {
            listener.downloaded(uri, more);
            progress.downloaded(info, more, bytes, ofBytes);
        }

        @Override
        public void transferred(long narBytes) {
            progress.transferred(narBytes);
        }

        @Override
        public void finished(PathInfo info, String from) {
            progress.finished(info, from);
        }
    }
}
