package dev.berth.store.local;

import java.io.IOException;
import java.nio.file.Files;

/** The parts of an open store, which all sessions on it share. */
record Opened(
        LocalStoreConfig config,
        Place place,
        StoreFiles files,
        Database database,
        PathTable paths,
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
            if (!config.readOnly() && !Files.exists(config.database().resolve("schema"))) {
                database.write(session -> {
                    Schema.create(session);
                    return config;
                });
                Place.writeVersion(config.database(), "ca-schema", Schema.CA_VERSION);
                Place.writeVersion(config.database(), "schema", Schema.VERSION);
            }
            StoreFiles files = new StoreFiles(config.realStoreDir(), place.store());
            PathTable paths = new PathTable(config.storeDir());
            Registrar registrar = new Registrar(
                    config, place.store(), database, paths, new Derivations(config.storeDir(), place.store()));
            Opened opened = new Opened(
                    config,
                    place,
                    files,
                    database,
                    paths,
                    new RealisationTable(config.storeDir()),
                    registrar,
                    new Additions(config, files, database, paths, registrar));
            good = true;
            return opened;
        } catch (IOException e) {
            throw Failure.of("opening store '" + config.uri() + "'", e);
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

    @Override
    public void close() {
        database.close();
        place.close();
    }
}
