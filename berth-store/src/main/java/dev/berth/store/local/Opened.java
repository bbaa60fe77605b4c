package dev.berth.store.local;

import dev.berth.linux.Directory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The parts of an open store, which all sessions on it share. */
record Opened(
        LocalStoreConfig config,
        Place place,
        StoreFiles files,
        Database database,
        PathTable paths,
        KnownPaths known,
        RealisationTable realisations,
        Registrar registrar,
        Additions additions)
        implements AutoCloseable {

    static Opened open(LocalStoreConfig config) {
        Place place = Place.open(config);
        Database database =
                new Database(config.database().resolve("db.sqlite"), config.readOnly(), config.busyTimeout());
        boolean good = false;
        try {
            if (!config.readOnly() && !Place.isMade(config)) {
                database.write(session -> {
                    Schema.create(session);
                    return config;
                });
                Place.writeVersion(config.database(), Place.CA_SCHEMA, Schema.CA_VERSION);
                Place.writeVersion(config.database(), "schema", Schema.VERSION);
            }
            place.share();
            StoreFiles files = new StoreFiles(config.realStoreDir(), place.store());
            PathTable paths = new PathTable(config.storeDir());
            DerivationCheck check =
                    new DerivationCheck(config, new Derivations(config.storeDir(), place.store()), database, paths);
            Registrar registrar = new Registrar(config, place.store(), database, paths, check);
            Opened opened = new Opened(
                    config,
                    place,
                    files,
                    database,
                    paths,
                    new KnownPaths(database, paths, KnownPaths.MAX_WEIGHT),
                    new RealisationTable(config.storeDir()),
                    registrar,
                    new Additions(config, files, database, paths, registrar));
            good = true;
            return opened;
        } catch (IOException e) {
            throw Failure.of("opening store '" + config.uri() + "'", e);
        } catch (InterruptedException e) {
            throw Failure.interrupted("opening store '" + config.uri() + "'", e);
        } finally {
            if (!good) {
                database.close();
                place.close();
            }
        }
    }

    GcRoots roots() {
        return new GcRoots(config);
    }

    /** Whether what was opened is still what its paths lead to. */
    boolean isThere() {
        try {
            return isSame(place.store(), config.realStoreDir())
                    && (place.state().isEmpty() || isSame(place.state().get(), config.stateDir()))
                    && Files.exists(config.database().resolve("db.sqlite"));
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isSame(Directory opened, Path path) throws IOException {
        try (Directory now = Directory.open(path)) {
            var one = opened.stat();
            var other = now.stat();
            return one.inode() == other.inode() && one.device() == other.device();
        }
    }

    @Override
    public void close() {
        database.close();
        place.close();
    }
}
