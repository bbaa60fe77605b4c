package dev.berth.store;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.store.daemon.DaemonStore;
import dev.berth.store.local.LocalStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** One run of a copy: first all that is missing is found, then it is copied, references before what refers to them. */
final class Copying<T> {
    private final Origin<T> origin;
    private final Store to;
    private final boolean closure;
    private final int parallelism;
    private final CopyProgress progress;
    private final Map<StorePath, T> found = new ConcurrentHashMap<>();
    private final Set<StorePath> seen = ConcurrentHashMap.newKeySet();

    Copying(Origin<T> origin, Store to, boolean closure, int parallelism, CopyProgress progress) {
        this.origin = origin;
        this.to = to;
        this.closure = closure;
        this.parallelism = parallelism;
        this.progress = progress;
    }

    /** What would be copied. */
    Collection<PathInfo> find(Collection<StorePath> roots) {
        try {
            discover(roots);
            return found.values().stream().map(origin::info).toList();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    ClosureCopy.Result run(Collection<StorePath> roots) {
        try {
            discover(roots);
            if (found.isEmpty()) {
                return new ClosureCopy.Result(0, 0);
            }
            return to instanceof DaemonStore daemon
                    ? new BulkTransfer<>(origin, found, daemon, parallelism, progress).run()
                    : transfer();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private StoreException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new StoreException(
                StoreException.Kind.FAILED, "copying to " + to.uri() + " was interrupted; run it again", e);
    }

    /** A step of finding out what is missing. */
    private sealed interface Step {
        /** Which of these does the destination lack? */
        record Check(Collection<StorePath> paths) implements Step {}

        /** What do these, which it lacks, refer to? */
        record Find(Collection<StorePath> paths) implements Step {}
    }

    private void discover(Collection<StorePath> roots) throws InterruptedException {
        WorkQueue<Step> steps = new WorkQueue<>("berth-find");
        Set<StorePath> distinct = new HashSet<>(roots);
        seen.addAll(distinct);
        steps.put(new Step.Check(distinct));
        steps.run(parallelism, step -> {
            switch (step) {
                case Step.Check check -> {
                    if (to instanceof LocalStore local) {
                        // What is valid now must still be when paths that refer to it are added.
                        local.addTempRoots(check.paths());
                    }
                    Set<StorePath> valid = to.validPaths(check.paths());
                    List<StorePath> missing = check.paths().stream()
                            .filter(path -> !valid.contains(path))
                            .toList();
                    if (origin.findsTogether() && !missing.isEmpty()) {
                        steps.put(new Step.Find(missing));
                    } else {
                        missing.forEach(path -> steps.put(new Step.Find(List.of(path))));
                    }
                }
                case Step.Find find -> {
                    List<StorePath> fresh = found(origin.findAll(find.paths()));
                    if (!fresh.isEmpty()) {
                        steps.put(new Step.Check(fresh));
                    }
                }
            }
        });
    }

    /** Notes what is to be copied, and gives what else must be there. */
    private List<StorePath> found(List<T> offers) {
        List<StorePath> fresh = new ArrayList<>();
        for (T offer : offers) {
            PathInfo info = origin.info(offer);
            found.put(info.path(), offer);
            progress.planned(1, info.narSize());
            if (closure) {
                info.references().stream().filter(seen::add).forEach(fresh::add);
            }
        }
        return fresh;
    }

    private ClosureCopy.Result transfer() throws InterruptedException {
        Map<StorePath, AtomicInteger> waiting = new HashMap<>();
        Map<StorePath, List<StorePath>> dependents = new HashMap<>();
        WorkQueue<StorePath> ready = new WorkQueue<>("berth-copy");
        for (Map.Entry<StorePath, T> entry : found.entrySet()) {
            StorePath path = entry.getKey();
            int missing = 0;
            for (StorePath reference : origin.info(entry.getValue()).references()) {
                if (!reference.equals(path) && found.containsKey(reference)) {
                    dependents
                            .computeIfAbsent(reference, _ -> new ArrayList<>())
                            .add(path);
                    missing++;
                }
            }
            waiting.put(path, new AtomicInteger(missing));
            if (missing == 0) {
                ready.put(path);
            }
        }
        AtomicLong copied = new AtomicLong();
        AtomicLong bytes = new AtomicLong();
        ready.run(parallelism, path -> {
            T offer = get(found, path);
            origin.transfer(offer, to, progress);
            copied.incrementAndGet();
            bytes.addAndGet(origin.info(offer).narSize());
            for (StorePath dependent : dependents.getOrDefault(path, List.of())) {
                if (get(waiting, dependent).decrementAndGet() == 0) {
                    ready.put(dependent);
                }
            }
        });
        if (copied.get() != found.size()) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "cannot copy to " + to.uri() + ": " + (found.size() - copied.get())
                            + " paths refer to each other in a circle");
        }
        return new ClosureCopy.Result(copied.get(), bytes.get());
    }

    private static <V> V get(Map<StorePath, V> map, StorePath path) {
        V value = map.get(path);
        if (value == null) {
            throw new IllegalStateException("no entry for " + path);
        }
        return value;
    }
}
