package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Brings closures into a store that others fetch from, but for what they find in other stores anyway. What a push that was
 * cut short has brought there is not brought again.
 */
public final class ClosurePush {
    private final Store from;
    private final Store to;
    private final List<Store> upstreams;
    private final Consumer<String> warnings;

    /**
     * @param upstreams stores that everybody who reads {@code to} reads, too
     * @param warnings is told in one line of an upstream that could not be asked; what it may have is then pushed
     * @throws StoreException of kind {@code REFUSED} if there are upstreams and {@code to} must have whole closures
     */
    public ClosurePush(Store from, Store to, List<Store> upstreams, Consumer<String> warnings) {
        this.from = from;
        this.to = to;
        this.upstreams = List.copyOf(upstreams);
        this.warnings = warnings;
        if (!upstreams.isEmpty() && !(to instanceof PartialStore)) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "cannot leave out of " + to.uri() + " what upstreams have: it must have whole closures; only"
                            + " binary caches need not");
        }
    }

    /**
     * What was done.
     *
     * @param closure how many paths the closures have
     * @param present of them, how many the store had already
     * @param upstream how many were left out, as an upstream has them
     * @param copied how many became valid
     * @param narBytes the sizes of the NARs of these
     */
    public record Result(long closure, long present, long upstream, long copied, long narBytes) {}

    /**
     * Pushes.
     *
     * @param options of which {@code closure} does not count: it is always the whole
     * @throws StoreException as {@link ClosureCopy#copy} does
     */
    public Result push(Collection<StorePath> roots, ClosureCopy.Options options, CopyProgress progress) {
        if (to instanceof PartialStore partial) {
            partial.prepare();
        }
        Set<StorePath> closure = closure(roots);
        Set<StorePath> missing = new HashSet<>(closure);
        missing.removeAll(to.validPaths(closure));
        long present = (long) closure.size() - missing.size();
        Set<StorePath> elsewhere = elsewhere(missing);
        missing.removeAll(elsewhere);
        ClosureCopy.Options exactly = options.withClosure(false);
        ClosureCopy.Result copied = to instanceof PartialStore partial
                ? ClosureCopy.copy(
                        from,
                        to,
                        (info, nar) -> partial.add(info, nar, elsewhere::contains),
                        missing,
                        exactly,
                        progress)
                : ClosureCopy.copy(from, to, missing, exactly, progress);
        return new Result(closure.size(), present, elsewhere.size(), copied.copied(), copied.narBytes());
    }

    private Set<StorePath> elsewhere(Set<StorePath> missing) {
        Set<StorePath> left = new HashSet<>(missing);
        Set<StorePath> found = new HashSet<>();
        for (Store upstream : upstreams) {
            try {
                Set<StorePath> there = upstream.validPaths(left);
                found.addAll(there);
                left.removeAll(there);
            } catch (StoreException e) {
                if (!e.kind().isSilence()) {
                    throw e;
                }
                warnings.accept("pushing what upstream " + upstream.uri() + " may have: " + e.getMessage());
            }
        }
        return found;
    }

    private Set<StorePath> closure(Collection<StorePath> roots) {
        Map<StorePath, PathInfo> infos = new LinkedHashMap<>();
        Set<StorePath> level = new HashSet<>(roots);
        while (!level.isEmpty()) {
            Set<StorePath> next = new HashSet<>();
            for (PathInfo info : infos(level)) {
                infos.put(info.path(), info);
                next.addAll(info.references());
            }
            next.removeAll(infos.keySet());
            level = next;
        }
        return infos.keySet();
    }

    private Collection<PathInfo> infos(Set<StorePath> paths) {
        Map<StorePath, PathInfo> infos = PathInfos.of(from, paths);
        for (StorePath path : paths) {
            if (!infos.containsKey(path)) {
                throw new StoreException(
                        StoreException.Kind.ABSENT, "path " + from.storeDir().print(path) + " is not in " + from.uri());
            }
        }
        return infos.values();
    }
}
