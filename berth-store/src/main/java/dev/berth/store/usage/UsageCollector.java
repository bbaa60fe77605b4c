package dev.berth.store.usage;

import dev.berth.nix.StorePath;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.cache.BinaryCache;
import dev.berth.store.local.LocalStore;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Collects what nobody used for long. Roots of garbage collection and pins hold their closures, a path that is used holds
 * all that it needs, and nothing used within the grace time goes. It works in small batches, before each of which it looks
 * again who uses what, so that readers and writers never wait for long; killed at any moment, it leaves a sound store. One
 * thread at a time.
 */
public final class UsageCollector {
    /** How often it looks whether the target is reached, if what went was not enough. */
    private static final int ROUNDS = 5;

    /** How many paths go under one lock, or while those who ask for them wait. */
    private static final int BATCH = 256;

    private static final int CACHE_BATCH = 64;

    /** In which other processes write what they saw used, and read what is condemned, with time to spare. */
    private static final Duration SETTLING =
            UsageLog.Settings.DEFAULT.interval().multipliedBy(3);

    /** How long uses of paths that are not there are kept. */
    private static final Duration STRANGERS = Duration.ofDays(2);

    private final Holdings holdings;
    private final UsageDatabase database;
    private final Optional<UsageLog> log;
    private final Runnable afterDeletions;

    private UsageCollector(Holdings holdings, UsageDatabase database, Optional<UsageLog> log, Runnable afterDeletions) {
        this.holdings = holdings;
        this.database = database;
        this.log = log;
        this.afterDeletions = afterDeletions;
    }

    /**
     * Of a store of any kind.
     *
     * @param log what this process records uses with, if it does
     * @throws StoreException of kind {@code REFUSED} for one that can't be collected
     */
    public static UsageCollector of(Store store, UsageDatabase database, Optional<UsageLog> log) {
        return switch (store) {
            case LocalStore local -> of(local, database, log);
            case BinaryCache cache -> of(cache, database, log);
            default ->
                throw new StoreException(
                        StoreException.Kind.REFUSED,
                        "nothing can be collected from " + store.uri()
                                + " by its last use: it must be a store of this machine, or a binary cache that can be"
                                + " listed and written");
        };
    }

    /** The same, which runs something behind each batch of deleted paths. */
    public UsageCollector telling(Runnable afterDeletions) {
        return new UsageCollector(holdings, database, log, afterDeletions);
    }

    /**
     * Of a store of this machine. Nothing goes that the object or its sessions protect.
     *
     * @param log what this process records uses with, if it does
     * @param keeping what keeps what beside references
     */
    public static UsageCollector of(LocalStore store, UsageDatabase database, Optional<UsageLog> log, Keeping keeping) {
        return new UsageCollector(new LocalHoldings(store, keeping), database, log, () -> {});
    }

    /** As above, with Nix's usual settings. */
    public static UsageCollector of(LocalStore store, UsageDatabase database, Optional<UsageLog> log) {
        return of(store, database, log, Keeping.DEFAULT);
    }

    /**
     * Of a binary cache that can be listed and written.
     *
     * @param log what this process records uses with, if it does
     */
    public static UsageCollector of(BinaryCache cache, UsageDatabase database, Optional<UsageLog> log) {
        return of(cache, database, log, SETTLING);
    }

    /** @param settling how long others may take to tell of uses */
    static UsageCollector of(BinaryCache cache, UsageDatabase database, Optional<UsageLog> log, Duration settling) {
        return new UsageCollector(new CacheHoldings(cache, database, settling), database, log, () -> {});
    }

    /** What {@link #collect} would delete now. Changes nothing. */
    public CollectionReport dryRun(CollectionPolicy policy) {
        Plan plan = plan(policy, Instant.now());
        return new CollectionReport(
                plan.victims(),
                plan.bytes(),
                plan.size(),
                plan.size() - plan.bytes(),
                plan.kept(),
                unmet(policy, plan.size() - plan.bytes(), plan.bytes()));
    }

    /**
     * Deletes what the policy says.
     *
     * @throws StoreException of kind {@code REFUSED} if the policy asks for free space where nobody can tell it, or the
     *     store can't be collected; {@code UNAVAILABLE} if the usage database can't be asked, or somebody else collects the
     *     cache now: then nothing goes
     */
    public CollectionReport collect(CollectionPolicy policy) {
        if (holdings.settling().isEmpty()) { // the store has a lock of its own for this
            return collect(policy, Optional.empty());
        }
        try (CollectionTurn turn = CollectionTurn.take(database, holdings.uri())) {
            return collect(policy, Optional.of(turn));
        }
    }

    private CollectionReport collect(CollectionPolicy policy, Optional<CollectionTurn> turn) {
        Progress all = new Progress();
        all.freed(holdings.tidy(Instant.now(), policy.grace()));
        for (int round = 0; round < ROUNDS; round++) {
            int before = all.count();
            run(policy, all, turn);
            if (unmet(policy, all.size(), 0).isEmpty() || all.count() == before) {
                break;
            }
        }
        all.freed(holdings.tidy(Instant.now(), policy.grace()));
        return all.report(unmet(policy, all.size(), 0));
    }

    /** What the store holds, and when it was used. */
    public UsageStats stats() {
        Instant now = Instant.now();
        flush();
        Uses uses = database.uses();
        Set<StorePath> pins = pins();
        return UsageStats.of(holdings.graph(), uses, database.pins().size(), pins, now);
    }

    private Plan plan(CollectionPolicy policy, Instant now) {
        if (policy.minFree().isPresent() && holdings.space().isEmpty()) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    holdings.uri() + " does not tell its free space: give a size that it may have instead");
        }
        flush();
        Uses uses = database.uses();
        // After the uses, and before the roots: what comes later is protected by its time, or by whoever added it.
        Set<StorePath> pins = pins();
        PathGraph graph = holdings.graph();
        return new Planner(graph, uses, holdings.roots(), pins, now).plan(policy, holdings.space());
    }

    private void run(CollectionPolicy policy, Progress all, Optional<CollectionTurn> turn) {
        Instant now = Instant.now();
        Plan plan = plan(policy, now);
        all.planned(plan);
        forgetStrangers(plan, now.minus(STRANGERS));
        if (turn.isEmpty()) {
            batches(plan.paths(), BATCH)
                    .forEach(batch -> delete(batch, Set.copyOf(batch), plan.graph(), now, policy, all));
        } else if (!plan.victims().isEmpty()) {
            runAmongOthers(plan, now, policy, all, turn.get());
        }
    }

    /** Who serves the cache is told in front what is to go, and may spare it until its batch comes. */
    private void runAmongOthers(Plan plan, Instant now, CollectionPolicy policy, Progress all, CollectionTurn turn) {
        try (Condemnation condemned = new Condemnation(database.notes(), turn.holder(), plan.graph(), plan.paths())) {
            flush();
            CollectionTurn.pause(holdings.settling().orElseThrow(), "collecting " + holdings.uri());
            for (List<StorePath> batch : batches(plan.paths(), CACHE_BATCH)) {
                turn.check();
                delete(batch, condemned.decide(batch), plan.graph(), now, policy, all);
                condemned.done(batch);
            }
        }
    }

    private void delete(
            List<StorePath> batch,
            Set<StorePath> going,
            PathGraph graph,
            Instant now,
            CollectionPolicy policy,
            Progress all) {
        flush();
        BitSet spared = new BitSet();
        graph.addClosure(database.usedSince(now.minus(policy.grace())), spared);
        graph.addClosure(pins(), spared);
        List<StorePath> rest = batch.stream()
                .filter(path ->
                        going.contains(path) && !spared.get(graph.number(path).orElseThrow()))
                .toList();
        if (!rest.isEmpty()) {
            Holdings.Deleted deleted = holdings.delete(rest);
            afterDeletions.run();
            all.deleted(deleted);
            database.forget(deleted.paths(), now);
        }
    }

    // Paths that went another way, as by Nix's own collection.
    private void forgetStrangers(Plan plan, Instant before) {
        List<StorePath> strangers = database.uses().of().entrySet().stream()
                .filter(use -> use.getValue().isBefore(before))
                .map(Map.Entry::getKey)
                .filter(path -> plan.graph().number(path).isEmpty())
                .toList();
        database.forget(strangers, before);
    }

    private static List<List<StorePath>> batches(List<StorePath> paths, int size) {
        return IntStream.iterate(0, from -> from < paths.size(), from -> from + size)
                .mapToObj(from -> paths.subList(from, Math.min(paths.size(), from + size)))
                .toList();
    }

    private Optional<String> unmet(CollectionPolicy policy, long size, long toBeFreed) {
        String why = ": roots, pins and the grace time hold the rest";
        if (policy.maxSize().isPresent() && size > policy.maxSize().getAsLong()) {
            return Optional.of("the store keeps " + Sizes.show(size) + ", more than "
                    + Sizes.show(policy.maxSize().getAsLong()) + why);
        }
        return policy.minFree()
                .flatMap(least -> holdings.space()
                        .filter(disk -> disk.free() + toBeFreed < least.of(disk.total()))
                        .map(disk -> Sizes.show(disk.free() + toBeFreed) + " are free, less than " + least + why));
    }

    private Set<StorePath> pins() {
        Set<StorePath> paths = new HashSet<>();
        database.pins().values().forEach(pin -> paths.add(pin.path()));
        return paths;
    }

    private void flush() {
        log.ifPresent(UsageLog::flush);
    }
}
