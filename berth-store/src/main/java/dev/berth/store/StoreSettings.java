package dev.berth.store;

import dev.berth.nix.StoreDir;
import java.time.Duration;

/**
 * What holds for a store where its URI does not say otherwise.
 *
 * @param storeDir the store dir that its paths are of; a cache made for another is refused
 * @param connections how many requests to one HTTP cache run at once, at least 1
 * @param connectTimeout how long connecting to a server may take
 * @param stallTimeout how long a server may be silent, before its answer and inside it
 * @param retries how often a request is repeated after a failure that may pass, with a growing pause
 * @param absentLifetime how long the answer that a cache lacks a path is believed
 * @param presentLifetime how long a cache's answer about a path is believed
 */
public record StoreSettings(
        StoreDir storeDir,
        int connections,
        Duration connectTimeout,
        Duration stallTimeout,
        int retries,
        Duration absentLifetime,
        Duration presentLifetime) {

    /** {@code /nix/store} and limits that suit a cache across the internet. */
    public static final StoreSettings DEFAULT = new StoreSettings(
            StoreDir.DEFAULT,
            24,
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            3,
            Duration.ofSeconds(30),
            Duration.ofHours(1));

    /** Checks the numbers. */
    public StoreSettings {
        if (connections < 1 || retries < 0) {
            throw new IllegalArgumentException("connections " + connections + ", retries " + retries);
        }
    }

    /** With another store dir. */
    public StoreSettings withStoreDir(StoreDir other) {
        return new StoreSettings(
                other, connections, connectTimeout, stallTimeout, retries, absentLifetime, presentLifetime);
    }

    /** With other limits of time for HTTP. */
    public StoreSettings withTimeouts(Duration connect, Duration stall, int repeats) {
        return new StoreSettings(storeDir, connections, connect, stall, repeats, absentLifetime, presentLifetime);
    }

    /** With other lifetimes of what caches answered. */
    public StoreSettings withLifetimes(Duration absent, Duration present) {
        return new StoreSettings(storeDir, connections, connectTimeout, stallTimeout, retries, absent, present);
    }
}
