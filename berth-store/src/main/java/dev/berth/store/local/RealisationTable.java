package dev.berth.store.local;

import dev.berth.nix.DrvOutput;
import dev.berth.nix.HashFormat;
import dev.berth.nix.Realisation;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.sql.SQLException;
import java.util.Collection;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The tables Realisations and RealisationsRefs, in which outputs are named by the hash modulo of their derivation. */
final class RealisationTable {
    private final StoreDir storeDir;

    RealisationTable(StoreDir storeDir) {
        this.storeDir = storeDir;
    }

    private record Entry(long id, StorePath outPath, NavigableSet<Signature> signatures) {}

    /** Whether the tables are there; Nix makes them when its feature is first used. */
    static boolean isThere(Session session) throws SQLException {
        return session.first(
                        "select 1 from sqlite_master where type = 'table' and name = 'RealisationsRefs'",
                        row -> row.getInt(1))
                .isPresent();
    }

    Optional<Realisation> find(Session session, DrvOutput.ByHash id) throws SQLException {
        Optional<Entry> found = entry(session, id);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        TreeMap<DrvOutput, StorePath> dependent = new TreeMap<>();
        session.list(
                "select r.drvPath, r.outputName, v.path from RealisationsRefs x"
                        + " join Realisations r on x.realisationReference = r.id"
                        + " join ValidPaths v on v.id = r.outputPath where x.referrer = ?",
                row -> dependent.put(
                        DrvOutput.parseByHash(row.getString(1) + "!" + row.getString(2)),
                        storeDir.parse(row.getString(3))),
                found.get().id());
        return Optional.of(
                new Realisation(id, found.get().outPath(), found.get().signatures(), dependent));
    }

    private Optional<Entry> entry(Session session, DrvOutput.ByHash id) throws SQLException {
        return session.first(
                "select r.id, v.path, r.signatures from Realisations r join ValidPaths v on v.id = r.outputPath"
                        + " where r.drvPath = ? and r.outputName = ?",
                row -> new Entry(
                        row.getLong(1), storeDir.parse(row.getString(2)), PathTable.signatures(row.getString(3))),
                drv(id),
                id.outputName());
    }

    private static String drv(DrvOutput.ByHash id) {
        return id.drvHash().format(HashFormat.BASE16, true);
    }

    /** Registers a realisation, or adds its signatures to the one that is there. */
    void register(Session session, DrvOutput.ByHash id, Realisation realisation) throws SQLException {
        Optional<Entry> known = entry(session, id);
        if (known.isPresent()) {
            if (!known.get().outPath().equals(realisation.outPath())) {
                throw refused(
                        id,
                        "it is known already to be '" + known.get().outPath() + "', not '" + realisation.outPath()
                                + "'");
            }
            TreeSet<Signature> all = new TreeSet<>(known.get().signatures());
            all.addAll(realisation.signatures());
            session.update(
                    "update Realisations set signatures = ? where id = ?",
                    text(all),
                    known.get().id());
        } else {
            int rows = session.update(
                    "insert into Realisations (drvPath, outputName, outputPath, signatures)"
                            + " select ?, ?, id, ? from ValidPaths where path = ?",
                    drv(id),
                    id.outputName(),
                    text(realisation.signatures()),
                    storeDir.print(realisation.outPath()));
            if (rows == 0) {
                throw refused(id, "its path '" + realisation.outPath() + "' is not valid; add that first");
            }
        }
        long row = entry(session, id).orElseThrow().id();
        for (var dependent : realisation.dependentRealisations().entrySet()) {
            refer(session, id, row, dependent.getKey(), dependent.getValue());
        }
    }

    private void refer(Session session, DrvOutput.ByHash id, long row, DrvOutput to, StorePath path)
            throws SQLException {
        Optional<Entry> entry = to instanceof DrvOutput.ByHash byHash ? entry(session, byHash) : Optional.empty();
        if (entry.isEmpty() || !entry.get().outPath().equals(path)) {
            throw refused(id, "it depends on '" + to.print(storeDir) + "' as '" + path + "', which is not known here");
        }
        session.update(
                "insert into RealisationsRefs (referrer, realisationReference) select ?1, ?2"
                        + " where not exists (select 1 from RealisationsRefs where referrer = ?1"
                        + " and realisationReference = ?2)",
                row,
                entry.get().id());
    }

    private static String text(Collection<Signature> signatures) {
        return signatures.stream().map(Signature::print).collect(Collectors.joining(" "));
    }

    private static StoreException refused(DrvOutput.ByHash id, String why) {
        return new StoreException(
                StoreException.Kind.REFUSED, "cannot register the realisation of '" + id.print() + "': " + why);
    }
}
