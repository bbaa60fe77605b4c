package dev.berth.store.local;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.FormatException;
import dev.berth.nix.Hash;
import dev.berth.nix.HashFormat;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The tables ValidPaths, Refs and DerivationOutputs as values of the store; every method runs on a session given. */
final class PathTable {
    private static final String COLUMNS = "id, path, hash, registrationTime, deriver, narSize, ultimate, sigs, ca";

    private final StoreDir storeDir;

    PathTable(StoreDir storeDir) {
        this.storeDir = storeDir;
    }

    private record Entry(long id, PathInfo info) {}

    Optional<Long> id(Session session, StorePath path) throws SQLException {
        return session.first("select id from ValidPaths where path = ?", row -> row.getLong(1), storeDir.print(path));
    }

    /** The rows of the valid ones of the paths; the map is the caller's. */
    Map<StorePath, Long> ids(Session session, Collection<StorePath> paths) throws SQLException {
        Map<StorePath, Long> ids = new HashMap<>();
        session.list(
                "select path, id from ValidPaths where path in (select value from json_each(?))",
                row -> ids.put(path(row), row.getLong(2)),
                json(paths));
        return ids;
    }

    boolean isValid(Session session, StorePath path) throws SQLException {
        return id(session, path).isPresent();
    }

    Optional<PathInfo> info(Session session, StorePath path) throws SQLException {
        Optional<Entry> entry = session.first(
                "select " + COLUMNS + " from ValidPaths where path = ?", this::entry, storeDir.print(path));
        return entry.isEmpty() ? Optional.empty() : Optional.of(withReferences(session, entry.get()));
    }

    private PathInfo withReferences(Session session, Entry entry) throws SQLException {
        PathInfo bare = entry.info();
        NavigableSet<StorePath> references = new TreeSet<>(session.list(
                "select path from Refs join ValidPaths on reference = id where referrer = ?", this::path, entry.id()));
        return new PathInfo(
                bare.path(),
                bare.narHash(),
                bare.narSize(),
                references,
                bare.deriver(),
                bare.registrationTime(),
                bare.ultimate(),
                bare.signatures(),
                bare.ca());
    }

    private Entry entry(ResultSet row) throws SQLException {
        String deriver = row.getString(5);
        String ca = row.getString(9);
        return new Entry(
                row.getLong(1),
                new PathInfo(
                        storeDir.parse(row.getString(2)),
                        Hash.parse(row.getString(3)),
                        row.getLong(6),
                        new TreeSet<>(),
                        deriver == null || deriver.isEmpty() ? Optional.empty() : Optional.of(storeDir.parse(deriver)),
                        Instant.ofEpochSecond(row.getLong(4)),
                        row.getInt(7) == 1,
                        signatures(row.getString(8)),
                        ca == null || ca.isEmpty() ? Optional.empty() : Optional.of(ContentAddress.parse(ca))));
    }

    static NavigableSet<Signature> signatures(@Nullable String text) {
        return text == null
                ? new TreeSet<>()
                : Stream.of(text.split(" ", -1))
                        .flatMap(one -> signature(one).stream())
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    // Nix keeps what it was told without looking; what is no signature proves nothing and is left out.
    private static Optional<Signature> signature(String text) {
        try {
            return Optional.of(Signature.parse(text));
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    private StorePath path(ResultSet row) throws SQLException {
        return storeDir.parse(row.getString(1));
    }

    /** Inserts a path without its references; its row. */
    long insert(Session session, PathInfo info, Instant now) throws SQLException {
        Instant time = info.registrationTime().equals(Instant.EPOCH) ? now : info.registrationTime();
        session.update(
                "insert into ValidPaths (path, hash, registrationTime, deriver, narSize, ultimate, sigs, ca)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?)",
                storeDir.print(info.path()),
                hash(info),
                time.getEpochSecond(),
                info.deriver().map(storeDir::print).orElse(null),
                size(info),
                info.ultimate() ? 1 : null,
                signatures(info),
                ca(info));
        return session.lastId();
    }

    /** Changes what is known of a path, without its references. */
    void update(Session session, PathInfo info) throws SQLException {
        session.update(
                "update ValidPaths set narSize = ?, hash = ?, ultimate = ?, sigs = ?, ca = ? where path = ?",
                size(info),
                hash(info),
                info.ultimate() ? 1 : null,
                signatures(info),
                ca(info),
                storeDir.print(info.path()));
    }

    static String hash(PathInfo info) {
        return info.narHash().format(HashFormat.BASE16, true);
    }

    static @Nullable Long size(PathInfo info) {
        return info.narSize() == 0 ? null : info.narSize();
    }

    static @Nullable String signatures(PathInfo info) {
        return info.signatures().isEmpty()
                ? null
                : info.signatures().stream().map(Signature::print).collect(Collectors.joining(" "));
    }

    static @Nullable String ca(PathInfo info) {
        return info.ca().map(ContentAddress::print).orElse(null);
    }

    /** That one row refers to another. */
    record Reference(long referrer, long reference) {}

    void addReferences(Session session, List<Reference> references) throws SQLException {
        if (references.isEmpty()) {
            return;
        }
        // One statement for all: crossing into SQLite costs more than a row.
        StringBuilder json = new StringBuilder();
        for (Reference each : references) {
            json.append(json.isEmpty() ? "[[" : ",[")
                    .append(each.referrer())
                    .append(',')
                    .append(each.reference())
                    .append(']');
        }
        session.update(
                "insert or replace into Refs (referrer, reference) select value ->> 0, value ->> 1 from json_each(?)",
                json.append(']').toString());
    }

    void addOutput(Session session, long derivation, String name, StorePath output) throws SQLException {
        session.update(
                "insert or replace into DerivationOutputs (drv, id, path) values (?, ?, ?)",
                derivation,
                name,
                storeDir.print(output));
    }

    /** Makes a path invalid. The schema refuses it while other paths refer to it. */
    void delete(Session session, StorePath path) throws SQLException {
        session.update("delete from ValidPaths where path = ?", storeDir.print(path));
    }

    List<StorePath> valid(Session session, Collection<StorePath> paths) throws SQLException {
        return session.list(
                "select path from ValidPaths where path in (select value from json_each(?))", this::path, json(paths));
    }

    Optional<StorePath> fromHashPart(Session session, String hashPart) throws SQLException {
        String prefix = storeDir.path() + "/" + hashPart + "-";
        return session.first(
                        "select path from ValidPaths where path >= ? order by path limit 1",
                        row -> row.getString(1),
                        prefix)
                .filter(path -> path.startsWith(prefix))
                .map(storeDir::parse);
    }

    /** At most {@code limit} valid paths behind one, in order. */
    List<StorePath> after(Session session, String behind, int limit) throws SQLException {
        return session.list(
                "select path from ValidPaths where path > ? order by path limit ?", this::path, behind, limit);
    }

    List<StorePath> referrers(Session session, StorePath path) throws SQLException {
        return session.list(
                "select path from Refs join ValidPaths on referrer = id"
                        + " where reference = (select id from ValidPaths where path = ?)",
                this::path,
                storeDir.print(path));
    }

    List<StorePath> validDerivers(Session session, StorePath path) throws SQLException {
        return session.list(
                "select v.path from DerivationOutputs d join ValidPaths v on d.drv = v.id where d.path = ?",
                this::path,
                storeDir.print(path));
    }

    Map<String, StorePath> outputs(Session session, StorePath derivation) throws SQLException {
        Map<String, StorePath> outputs = new LinkedHashMap<>();
        session.list(
                "select id, path from DerivationOutputs where drv = (select id from ValidPaths where path = ?)"
                        + " order by id",
                row -> outputs.put(row.getString(1), storeDir.parse(row.getString(2))),
                storeDir.print(derivation));
        return outputs;
    }

    /** The paths that are reached from valid ones by references, or by referrers, themselves among them. */
    List<StorePath> closure(Session session, Collection<StorePath> from, boolean referrers) throws SQLException {
        String step = referrers
                ? "select r.referrer from Refs r join reached on r.reference = reached.id"
                : "select r.reference from Refs r join reached on r.referrer = reached.id";
        return session.list(
                "with recursive reached(id) as ("
                        + "select id from ValidPaths where path in (select value from json_each(?)) union " + step
                        + ") select path from reached join ValidPaths using (id)",
                this::path,
                json(from));
    }

    /** The closure of roots by references, derivers of what is alive and outputs of derivations that are, as asked. */
    List<StorePath> alive(Session session, Collection<StorePath> roots, boolean keepOutputs, boolean keepDerivations)
            throws SQLException {
        String derivers = " union select d.id from ValidPaths p join reached on p.id = reached.id"
                + " join ValidPaths d on d.path = p.deriver";
        String outputs = " union select o.id from DerivationOutputs x join reached on x.drv = reached.id"
                + " join ValidPaths o on o.path = x.path";
        return session.list(
                "with recursive reached(id) as ("
                        + "select id from ValidPaths where path in (select value from json_each(?))"
                        + " union select r.reference from Refs r join reached on r.referrer = reached.id"
                        + (keepDerivations ? derivers : "")
                        + (keepOutputs ? outputs : "")
                        + ") select path from reached join ValidPaths using (id)",
                this::path,
                json(roots));
    }

    /** The valid outputs of a derivation that say that it made them. */
    List<StorePath> validOutputsBuiltBy(Session session, StorePath derivation) throws SQLException {
        return session.list(
                "select o.path from DerivationOutputs x join ValidPaths o on o.path = x.path"
                        + " where x.drv = (select id from ValidPaths where path = ?1) and o.deriver = ?1",
                this::path,
                storeDir.print(derivation));
    }

    /** Forgets what a path refers to, before it is deleted. */
    void deleteReferences(Session session, StorePath path) throws SQLException {
        session.update(
                "delete from Refs where referrer = (select id from ValidPaths where path = ?)", storeDir.print(path));
    }

    private String json(Collection<StorePath> paths) {
        String dir = storeDir.path().replace("\\", "\\\\").replace("\"", "\\\"");
        List<String> quoted = new ArrayList<>(paths.size());
        for (StorePath path : paths) {
            quoted.add("\"" + dir + "/" + path.baseName() + "\"");
        }
        return "[" + String.join(",", quoted) + "]";
    }
}
