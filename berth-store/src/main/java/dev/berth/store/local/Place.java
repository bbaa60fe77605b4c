package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.linux.Errno;
import dev.berth.linux.LinuxException;
import dev.berth.linux.Names;
import dev.berth.linux.OpenFile;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories of an open store, and the lock that keeps others from changing its schema meanwhile
 * (libstore/local-store.cc, the constructor).
 *
 * @param config where it lies
 * @param store the real store dir
 * @param state the state dir; empty if the store is read-only
 * @param bigLock held in shared mode as long as the store is open; empty if the store is read-only
 */
record Place(LocalStoreConfig config, Directory store, Optional<Directory> state, Optional<OpenFile> bigLock)
        implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Place.class);
    private static final int RESERVED_SIZE = 8 << 20;
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration NEW = Duration.ofSeconds(2);

    /** Where Nix before 2.14 notes that it has made the tables of realisations. */
    static final String CA_SCHEMA = "ca-schema";

    /** Opens what is there, or makes it. The database is not touched. */
    static Place open(LocalStoreConfig config) {
        String what = "opening store '" + config.uri() + "'";
        try {
            if (config.readOnly()) {
                checkSchema(config, readSchema(config));
                return new Place(config, Directory.open(config.realStoreDir()), Optional.empty(), Optional.empty());
            }
            makeDirectories(config);
            reserve(config.database());
            return locked(config, what);
        } catch (IOException e) {
            throw Failure.of(what, e);
        } catch (InterruptedException e) {
            throw Failure.interrupted(what, e);
        }
    }

    private static Place locked(LocalStoreConfig config, String what) throws IOException, InterruptedException {
        OpenFile lock;
        try (Directory db = Directory.open(config.database())) {
            lock = db.openOrCreateFile(Names.bytes("big-lock"), 0600);
        }
        Directory state = null;
        boolean good = false;
        try {
            if (!taken(lock, config)) {
                throw new StoreException(
                        StoreException.Kind.UNAVAILABLE,
                        what + ": another process holds '" + config.database()
                                + "/big-lock', as one that upgrades the store does; try again when it is done");
            }
            checkSchema(config, readSchema(config).or(() -> Optional.of(Schema.VERSION)));
            state = Directory.open(config.stateDir());
            Place place =
                    new Place(config, Directory.open(config.realStoreDir()), Optional.of(state), Optional.of(lock));
            good = true;
            return place;
        } finally {
            if (!good) {
                lock.close();
                if (state != null) {
                    state.close();
                }
            }
        }
    }

    /**
     * Takes the lock: alone if the database has to be made, else shared. A Nix that opens a store that is half made wants it alone
     * for the other half, and would wait for as long as this has the store open.
     */
    private static boolean taken(OpenFile lock, LocalStoreConfig config) throws IOException, InterruptedException {
        long end = System.nanoTime() + config.lockTimeout().toNanos();
        while (!isMade(config)) {
            if (lock.lock(OpenFile.Lock.EXCLUSIVE, LOOK)) {
                return true;
            }
            if (System.nanoTime() - end > 0) {
                return false;
            }
        }
        return (isNew(config) && lock.lock(OpenFile.Lock.EXCLUSIVE, LOOK.multipliedBy(5)))
                || lock.lock(OpenFile.Lock.SHARED, config.lockTimeout());
    }

    /** Whether a Nix may just have made the first half, and gets the time for the other. */
    private static boolean isNew(LocalStoreConfig config) throws IOException {
        Path database = config.database();
        Instant made = Files.getLastModifiedTime(database.resolve("schema")).toInstant();
        return !Files.exists(database.resolve(CA_SCHEMA)) && made.plus(NEW).isAfter(Instant.now());
    }

    /** Whether the database is made; to be asked again by who has the lock alone. */
    static boolean isMade(LocalStoreConfig config) {
        return Files.exists(config.database().resolve("schema"));
    }

    /** When the database is made: lets others open the store. */
    void share() throws IOException, InterruptedException {
        if (bigLock.isPresent() && !bigLock.get().lock(OpenFile.Lock.SHARED, config.lockTimeout())) {
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE,
                    "opening store '" + config.uri() + "': another process holds '" + config.database() + "/big-lock'");
        }
    }

    private static void makeDirectories(LocalStoreConfig config) throws IOException {
        Path state = config.stateDir();
        Path profiles = state.resolve("profiles");
        Path roots = state.resolve("gcroots");
        make(config.links());
        make(profiles.resolve("per-user"));
        make(state.resolve("temproots"));
        make(config.database());
        if (!Files.exists(roots)) {
            make(roots);
            try {
                Files.createSymbolicLink(roots.resolve("profiles"), profiles);
            } catch (FileAlreadyExistsException e) {
                LOG.debug("another process makes the same store: {}", e.getMessage());
            }
        }
        make(roots.resolve("per-user"));
    }

    private static void make(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            try {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            } catch (java.nio.file.FileSystemException e) {
                throw readable(directory, e);
            }
        }
    }

    // The JDK's exceptions carry no errno; asking the kernel again tells which it was.
    private static IOException readable(Path directory, java.nio.file.FileSystemException e) {
        Path parent = directory;
        while (parent.getParent() != null && !Files.isDirectory(parent)) {
            parent = parent.getParent();
        }
        try (Directory open = Directory.open(parent)) {
            if (open.fileSystem().readOnly()) {
                return new LinuxException(Errno.EROFS, "mkdir", directory.toString());
            }
            return e;
        } catch (IOException second) {
            e.addSuppressed(second);
            return e;
        }
    }

    /** Room that a collection of garbage frees first, because SQLite cannot delete rows on a disk that is full. */
    static void reserve(Path database) {
        // Asked of the open file: a collection, of Nix too, may remove the name at any moment.
        try (Directory directory = Directory.open(database);
                OpenFile file = directory.openOrCreateFile(Names.bytes("reserved"), 0600)) {
            if (file.stat().size() != RESERVED_SIZE && !file.allocate(RESERVED_SIZE)) {
                file.truncate(RESERVED_SIZE);
            }
        } catch (LinuxException e) {
            LOG.debug("reserving space for collecting garbage: {}", e.getMessage());
        }
    }

    private static Optional<Integer> readSchema(LocalStoreConfig config) throws IOException {
        Path file = config.database().resolve("schema");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String text = Files.readString(file).strip();
        if (!text.matches("[0-9]{1,9}")) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT, "'" + file + "' is corrupt: it holds no number of a schema version");
        }
        return Optional.of(Integer.valueOf(text));
    }

    private static void checkSchema(LocalStoreConfig config, Optional<Integer> schema) {
        String store = "store '" + config.uri() + "'";
        int version = schema.orElseThrow(() -> new StoreException(
                StoreException.Kind.ABSENT, "there is no " + store + ": '" + config.database() + "/schema' is absent"));
        if (version < Schema.VERSION) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    store + " has schema version " + version + ", older than " + Schema.VERSION
                            + ": let Nix upgrade it, as 'nix-store --verify' does");
        }
        if (version > Schema.VERSION) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    store + " has schema version " + version + ", newer than the " + Schema.VERSION
                            + " that this Berth knows: use a newer Berth");
        }
    }

    /** Notes the version of tables that are there now. Others find the file whole or not at all. */
    static void writeVersion(Path database, String name, int version) throws IOException {
        Path file = database.resolve(name);
        Path part = Files.createTempFile(
                database,
                name,
                ".part",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
        Files.writeString(part, Integer.toString(version));
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The state dir of a store that is not read-only. */
    Directory writableState() {
        return state.orElseThrow(() -> new StoreException(
                StoreException.Kind.READ_ONLY, "store '" + config.uri() + "' is open for reading only"));
    }

    @Override
    public void close() {
        try (store;
                Directory directory = state.orElse(null);
                OpenFile lock = bigLock.orElse(null)) {
            LOG.trace("closing {}, {}, {}", store, directory, lock);
        } catch (IOException e) {
            LOG.warn("closing store '{}': {}", config.uri(), e.getMessage());
        }
    }
}
