package dev.berth.store.local;

import dev.berth.nix.StoreDir;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where a local store lies and how to use it (libstore/local-fs-store.hh, local-store.hh).
 *
 * @param storeDir the store dir that its paths name
 * @param realStoreDir where the files of that store dir lie
 * @param stateDir the directory of the database, roots and locks
 * @param logDir the directory of the logs of builds
 * @param uri what to call it in messages
 * @param readOnly nothing is written, created or locked; adding is refused
 * @param syncBeforeRegistering whether files are on disk before their path is registered, so that a power cut cannot
 *     leave a valid path without its content
 * @param lockTimeout how long to wait for the lock of a path or of the garbage collector, which another process may
 *     hold during a build
 * @param busyTimeout how long to wait for the database while others write it
 */
public record LocalStoreConfig(
        StoreDir storeDir,
        Path realStoreDir,
        Path stateDir,
        Path logDir,
        String uri,
        boolean readOnly,
        boolean syncBeforeRegistering,
        Duration lockTimeout,
        Duration busyTimeout) {
    private static final Duration LOCK_TIMEOUT = Duration.ofMinutes(10);
    private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(60);

    /** The store of the machine: {@code /nix/store} and {@code /nix/var/nix}. */
    public static LocalStoreConfig system() {
        return new LocalStoreConfig(
                StoreDir.DEFAULT,
                Path.of(StoreDir.DEFAULT.path()),
                Path.of("/nix/var/nix"),
                Path.of("/nix/var/log/nix"),
                "local",
                false,
                false,
                LOCK_TIMEOUT,
                BUSY_TIMEOUT);
    }

    /** As {@code local?root=DIR}: files in {@code DIR/nix/store}, state in {@code DIR/nix/var/nix}. */
    public static LocalStoreConfig root(Path root) {
        return root(root, StoreDir.DEFAULT);
    }

    /** As {@link #root(Path)} with another store dir, which lies below the root as it is named. */
    public static LocalStoreConfig root(Path root, StoreDir storeDir) {
        Path top = root.toAbsolutePath().normalize();
        return new LocalStoreConfig(
                storeDir,
                top.resolve(storeDir.path().substring(1)),
                top.resolve("nix/var/nix"),
                top.resolve("nix/var/log/nix"),
                "local?root=" + top,
                false,
                false,
                LOCK_TIMEOUT,
                BUSY_TIMEOUT);
    }

    /** This store in another store dir, real store dir or state dir. */
    public LocalStoreConfig at(StoreDir dir, Path realDir, Path state) {
        return new LocalStoreConfig(
                dir, realDir, state, logDir, uri, readOnly, syncBeforeRegistering, lockTimeout, busyTimeout);
    }

    /** This store with the logs of builds elsewhere. */
    public LocalStoreConfig loggingTo(Path logs) {
        return new LocalStoreConfig(
                storeDir, realStoreDir, stateDir, logs, uri, readOnly, syncBeforeRegistering, lockTimeout, busyTimeout);
    }

    /** This store under another name in messages. */
    public LocalStoreConfig named(String name) {
        return new LocalStoreConfig(
                storeDir,
                realStoreDir,
                stateDir,
                logDir,
                name,
                readOnly,
                syncBeforeRegistering,
                lockTimeout,
                busyTimeout);
    }

    /** This store, only read. */
    public LocalStoreConfig forReading() {
        return new LocalStoreConfig(
                storeDir, realStoreDir, stateDir, logDir, uri, true, syncBeforeRegistering, lockTimeout, busyTimeout);
    }

    /** This store with files synced before they are registered, or not. */
    public LocalStoreConfig syncing(boolean sync) {
        return new LocalStoreConfig(
                storeDir, realStoreDir, stateDir, logDir, uri, readOnly, sync, lockTimeout, busyTimeout);
    }

    /** This store with other deadlines. */
    public LocalStoreConfig waiting(Duration forLocks, Duration forDatabase) {
        return new LocalStoreConfig(
                storeDir, realStoreDir, stateDir, logDir, uri, readOnly, syncBeforeRegistering, forLocks, forDatabase);
    }

    Path database() {
        return stateDir.resolve("db");
    }

    Path links() {
        return realStoreDir.resolve(".links");
    }
}
