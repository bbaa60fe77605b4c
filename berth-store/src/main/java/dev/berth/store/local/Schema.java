package dev.berth.store.local;

import java.sql.SQLException;

/**
 * The tables of Nix's database, version 10, as Nix 2.8 and later read and write them (libstore/schema.sql and
 * ca-specific-schema.sql describe them). Names, types and keys are what other programs rely on.
 */
final class Schema {
    /** What the file {@code schema} beside the database holds. */
    static final int VERSION = 10;

    /** What the file {@code ca-schema} holds where Nix before 2.14 has made the tables of realisations. */
    static final int CA_VERSION = 3;

    /** The name under which later Nix notes that the tables of realisations are there. */
    static final String CA_MIGRATION = "20220326-ca-derivations";

    static final String TABLES = """
            create table if not exists ValidPaths (
                id               integer primary key autoincrement not null,
                path             text unique not null,
                hash             text not null, -- base-16
                registrationTime integer not null,
                deriver          text,
                narSize          integer,
                ultimate         integer, -- null is false
                sigs             text, -- space between
                ca               text -- null unless content-addressed
            );
            create table if not exists Refs (
                referrer  integer not null,
                reference integer not null,
                primary key (referrer, reference),
                foreign key (referrer) references ValidPaths(id) on delete cascade,
                foreign key (reference) references ValidPaths(id) on delete restrict
            );
            create table if not exists DerivationOutputs (
                drv  integer not null,
                id   text not null, -- output name
                path text not null,
                primary key (drv, id),
                foreign key (drv) references ValidPaths(id) on delete cascade
            );
            """;

    // A path that refers to itself could never be deleted because of "on delete restrict".
    static final String INDEXES = """
            create index if not exists IndexReferrer on Refs(referrer);
            create index if not exists IndexReference on Refs(reference);
            create trigger if not exists DeleteSelfRefs before delete on ValidPaths
              begin
                delete from Refs where referrer = old.id and reference = old.id;
              end;
            create index if not exists IndexDerivationOutputs on DerivationOutputs(path);
            """;

    static final String MIGRATIONS =
            "create table if not exists SchemaMigrations (migration text primary key not null);";

    static final String CA_TABLES = """
            create table if not exists Realisations (
                id integer primary key autoincrement not null,
                drvPath text not null, -- hash modulo, base-16
                outputName text not null,
                outputPath integer not null,
                signatures text, -- space between
                foreign key (outputPath) references ValidPaths(id) on delete cascade
            );
            create index if not exists IndexRealisations on Realisations(drvPath, outputName);
            create table if not exists RealisationsRefs (
                referrer integer not null,
                realisationReference integer,
                foreign key (referrer) references Realisations(id) on delete cascade,
                foreign key (realisationReference) references Realisations(id) on delete restrict
            );
            create trigger if not exists DeleteSelfRefsViaRealisations before delete on ValidPaths
              begin
                delete from RealisationsRefs where realisationReference in (
                  select id from Realisations where outputPath = old.id
                );
              end;
            create index if not exists IndexRealisationsRefsRealisationReference on RealisationsRefs(realisationReference);
            create index if not exists IndexRealisationsRefs on RealisationsRefs(referrer);
            create index if not exists IndexRealisationsRefsOnOutputPath on Realisations(outputPath);
            """;

    private Schema() {}

    /**
     * Makes all tables that are not there. Those of realisations are made at once, too: a Nix with the feature
     * {@code ca-derivations} would make them itself, but waits for that until nobody else has the store open.
     */
    static void create(Session session) throws SQLException {
        session.execute(TABLES);
        session.execute(INDEXES);
        createRealisations(session);
    }

    /** Makes the tables of realisations that are not there. */
    static void createRealisations(Session session) throws SQLException {
        session.execute(MIGRATIONS);
        session.execute(CA_TABLES);
        session.update("insert or ignore into SchemaMigrations values (?)", CA_MIGRATION);
    }
}
