package dev.berth.store.usage;

import dev.berth.store.StoreException;
import java.time.Duration;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to collect a store that others may collect, too: a lease in the usage database that all of them share, which is
 * renewed until this is closed. Who is killed keeps it for half a minute.
 */
final class CollectionTurn implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CollectionTurn.class);
    /** Of its lease. */
    static final String NAME = "collecting";

    private static final Duration LENGTH = Duration.ofSeconds(30);
    private static final Duration RENEWAL = LENGTH.dividedBy(4);
    private static final Duration LOOK = Duration.ofMillis(250);

    private final UsageDatabase database;
    private final String uri;
    private final String holder = UUID.randomUUID().toString();
    private volatile boolean lost;
    private final Thread renewer = Thread.ofVirtual().name("collection-turn").unstarted(this::renew);

    private CollectionTurn(UsageDatabase database, String uri) {
        this.database = database;
        this.uri = uri;
    }

    /**
     * Waits for as long as somebody who was killed may have it.
     *
     * @throws StoreException of kind {@code UNAVAILABLE} if another collection goes on
     */
    static CollectionTurn take(UsageDatabase database, String uri) {
        CollectionTurn turn = new CollectionTurn(database, uri);
        long deadline = System.nanoTime() + LENGTH.plus(LOOK).toNanos();
        while (!database.lease(NAME, turn.holder, LENGTH)) {
            if (System.nanoTime() - deadline > 0) {
                throw new StoreException(
                        StoreException.Kind.UNAVAILABLE,
                        "another collection of " + uri + " is under way: try again when it has ended");
            }
            pause(LOOK, "waiting to collect " + uri);
        }
        turn.renewer.start();
        return turn;
    }

    /** Waits. @throws StoreException of kind {@code UNAVAILABLE} if the thread is interrupted, which it stays */
    static void pause(Duration time, String doing) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Kind.UNAVAILABLE, "interrupted while " + doing, e);
        }
    }

    /** By what name the lease is held. */
    String holder() {
        return holder;
    }

    private void renew() {
        long renewed = System.nanoTime();
        while (!lost) {
            try {
                Thread.sleep(RENEWAL);
                lost = !database.lease(NAME, holder, LENGTH);
                renewed = System.nanoTime();
            } catch (InterruptedException e) {
                return;
            } catch (StoreException e) {
                LOG.debug("{} keeps its turn to collect without being asked: {}", uri, e.getMessage());
                lost = System.nanoTime() - renewed > LENGTH.minus(RENEWAL).toNanos();
            }
        }
    }

    /** @throws StoreException of kind {@code UNAVAILABLE} if another may collect by now, so that nothing more may be deleted here */
    void check() {
        if (lost) {
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE,
                    "collecting " + uri + " ended early: the usage database " + database.name()
                            + " could not be asked for too long");
        }
    }

    @Override
    public void close() {
        renewer.interrupt();
        try {
            renewer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            database.release(NAME, holder);
        } catch (StoreException e) {
            LOG.warn("the next collection of {} has to wait for {} s: {}", uri, LENGTH.toSeconds(), e.getMessage());
        }
    }
}
