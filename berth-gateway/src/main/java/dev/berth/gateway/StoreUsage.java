package dev.berth.gateway;

import dev.berth.store.usage.CollectionPolicy;
import dev.berth.store.usage.CollectionReport;
import dev.berth.store.usage.UsageDatabase;
import dev.berth.store.usage.UsageLog;
import dev.berth.store.usage.UsageRecorder;
import java.time.Duration;
import java.util.UUID;

/** What is known of the use of a store that is served, and collecting by it. Any thread; one collection at a time. */
public final class StoreUsage implements AutoCloseable {
    /** Another than that of a collection itself, which is shorter. */
    private static final String SCHEDULED = "scheduled";

    private final UsageDatabase database;
    private final UsageLog log;
    private final Collecting collecting;
    private final String me = UUID.randomUUID().toString();

    /** How a kind of store is collected. */
    @FunctionalInterface
    interface Collecting {
        CollectionReport run(CollectionPolicy policy, boolean dryRun, UsageDatabase database, UsageLog log);
    }

    /**
     * @param database closed with this
     * @param log into that database; closed with this
     */
    StoreUsage(UsageDatabase database, UsageLog log, Collecting collecting) {
        this.database = database;
        this.log = log;
        this.collecting = collecting;
    }

    /** To be told what is used. */
    public UsageRecorder recorder() {
        return log;
    }

    /**
     * Deletes what a policy says, or with {@code dryRun} only says what would be deleted.
     *
     * @throws dev.berth.store.StoreException as {@link dev.berth.store.usage.UsageCollector#collect}
     */
    public CollectionReport collect(CollectionPolicy policy, boolean dryRun) {
        return collecting.run(policy, dryRun, database, log);
    }

    /**
     * Whether it is this process's turn to collect: of all that share a usage database one has it, and then nobody for a time.
     *
     * @throws dev.berth.store.StoreException if the database can't be asked
     */
    boolean takeTurn(Duration length) {
        return database.lease(SCHEDULED, me, length);
    }

    @Override
    public void close() {
        log.close();
        database.close();
    }
}
