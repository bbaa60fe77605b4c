package dev.berth.store;

import dev.berth.nix.StoreDir;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

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
 * @param queryTimeout how long a substituter may take to say whether it has a path before the next one is asked
 * @param netrc the file with passwords for HTTP servers, as Nix's {@code netrc-file}; need not be there
 * @param spool where downloads that are cut leave what they got
 * @param acceptNewHostKeys whether the key of an SSH host that is met for the first time is taken, unless
 *     {@code NIX_SSHOPTS} says how; one that changed never is
 */
public record StoreSettings(
        StoreDir storeDir,
        int connections,
        Duration connectTimeout,
        Duration stallTimeout,
        int retries,
        Duration absentLifetime,
        Duration presentLifetime,
        Duration queryTimeout,
        Path netrc,
        Optional<DownloadSpool> spool,
        boolean acceptNewHostKeys) {

    /** {@code /nix/store} and limits that suit a cache across the internet. */
    public static final StoreSettings DEFAULT = new StoreSettings(
            StoreDir.DEFAULT,
            24,
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            3,
            Duration.ofSeconds(15),
            Duration.ofMinutes(5),
            Duration.ofSeconds(2),
            Path.of("/etc/nix/netrc"),
            Optional.empty(),
            false);

    /** Checks the numbers. */
    public StoreSettings {
        if (connections < 1 || retries < 0) {
            throw new IllegalArgumentException("connections " + connections + ", retries " + retries);
        }
    }

    /** With another store dir. */
    public StoreSettings withStoreDir(StoreDir other) {
        return new StoreSettings(
                other,
                connections,
                connectTimeout,
                stallTimeout,
                retries,
                absentLifetime,
                presentLifetime,
                queryTimeout,
                netrc,
                spool,
                acceptNewHostKeys);
    }

    /** With other limits of time for HTTP. */
    public StoreSettings withTimeouts(Duration connect, Duration stall, int repeats) {
        return new StoreSettings(
                storeDir,
                connections,
                connect,
                stall,
                repeats,
                absentLifetime,
                presentLifetime,
                queryTimeout,
                netrc,
                spool,
                acceptNewHostKeys);
    }

    /** With other lifetimes of what caches answered. */
    public StoreSettings withLifetimes(Duration absent, Duration present) {
        return new StoreSettings(
                storeDir,
                connections,
                connectTimeout,
                stallTimeout,
                retries,
                absent,
                present,
                queryTimeout,
                netrc,
                spool,
                acceptNewHostKeys);
    }

    /** With another time for substituters to answer in. */
    public StoreSettings withQueryTimeout(Duration timeout) {
        return new StoreSettings(
                storeDir,
                connections,
                connectTimeout,
                stallTimeout,
                retries,
                absentLifetime,
                presentLifetime,
                timeout,
                netrc,
                spool,
                acceptNewHostKeys);
    }

    /** With another file of passwords. */
    public StoreSettings withNetrc(Path file) {
        return new StoreSettings(
                storeDir,
                connections,
                connectTimeout,
                stallTimeout,
                retries,
                absentLifetime,
                presentLifetime,
                queryTimeout,
                file,
                spool,
                acceptNewHostKeys);
    }

    /** With a place for the parts of downloads that are cut. */
    public StoreSettings withSpool(DownloadSpool parts) {
        return new StoreSettings(
                storeDir,
                connections,
                connectTimeout,
                stallTimeout,
                retries,
                absentLifetime,
                presentLifetime,
                queryTimeout,
                netrc,
                Optional.of(parts),
                acceptNewHostKeys);
    }

    /** With or without the keys of SSH hosts that are met for the first time. */
    public StoreSettings withNewHostKeys(boolean accepted) {
        return new StoreSettings(
                storeDir,
                connections,
                connectTimeout,
                stallTimeout,
                retries,
                absentLifetime,
                presentLifetime,
                queryTimeout,
                netrc,
                spool,
                accepted);
    }
}
