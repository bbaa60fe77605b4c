package dev.berth.store.local;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;

/**
 * Writes a new database at once, for a place where the files of its paths are shown. It has no journal file beside it,
 * so that it can be read where nothing can be written.
 */
final class DatabaseExport {
    private final StoreDir storeDir;
    private final Function<StorePath, Map<String, StorePath>> outputs;

    /** @param outputs the known outputs of a derivation */
    DatabaseExport(StoreDir storeDir, Function<StorePath, Map<String, StorePath>> outputs) {
        this.storeDir = storeDir;
        this.outputs = outputs;
    }

    /** Writes {@code db.sqlite} and {@code schema} to a directory, which is made; what was there is replaced. */
    void write(Path directory, Collection<PathInfo> infos) {
        Path file = directory.resolve("db.sqlite");
        try {
            Files.createDirectories(directory);
            for (String name : List.of("schema", "db.sqlite", "db.sqlite-wal", "db.sqlite-shm", "db.sqlite-journal")) {
                Files.deleteIfExists(directory.resolve(name));
            }
            writeTables(file, infos);
            Place.writeVersion(directory, "schema", Schema.VERSION);
        } catch (SQLException e) {
            throw Database.translated(file, e);
        } catch (IOException e) {
            throw Failure.of("writing '" + directory + "'", e);
        }
    }

    private void writeTables(Path file, Collection<PathInfo> infos) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.OFF);
        config.setSynchronous(SQLiteConfig.SynchronousMode.OFF);
        config.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE);
        try (Session session =
                new Session(JDBC.createConnection("jdbc:sqlite:" + Database.uri(file), config.toProperties()))) {
            session.execute("begin");
            session.execute(Schema.TABLES);
            session.execute(Schema.MIGRATIONS);
            insert(session.connection(), infos);
            // Sorting once is faster than keeping sorted.
            session.execute(Schema.INDEXES);
            session.execute("commit");
        }
    }

    private void insert(Connection connection, Collection<PathInfo> infos) throws SQLException {
        Map<StorePath, Integer> ids = HashMap.newHashMap(infos.size());
        try (PreparedStatement path = connection.prepareStatement("insert into ValidPaths"
                + " (id, path, hash, registrationTime, deriver, narSize, ultimate, sigs, ca)"
                + " values (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            for (PathInfo info : infos) {
                if (ids.putIfAbsent(info.path(), ids.size() + 1) == null) {
                    insert(path, info, ids.size());
                }
            }
        }
        // One statement for thousands of rows: crossing into SQLite costs more than the row.
        try (PreparedStatement references = connection.prepareStatement(
                "insert or ignore into Refs (referrer, reference) select value ->> 0, value ->> 1 from json_each(?)")) {
            StringBuilder json = new StringBuilder("[");
            for (PathInfo info : infos) {
                int from = id(ids, info.path(), info.path());
                for (StorePath to : info.references()) {
                    json.append(json.length() > 1 ? ",[" : "[")
                            .append(from)
                            .append(',')
                            .append(id(ids, info.path(), to))
                            .append(']');
                }
                if (json.length() > 1 << 20) {
                    insert(references, json);
                }
            }
            insert(references, json);
        }
        try (PreparedStatement output = connection.prepareStatement(
                "insert or ignore into DerivationOutputs (drv, id, path) values (?, ?, ?)")) {
            for (StorePath path : ids.keySet()) {
                if (path.isDerivation()) {
                    for (var known : outputs.apply(path).entrySet()) {
                        output.setInt(1, id(ids, path, path));
                        output.setString(2, known.getKey());
                        output.setString(3, storeDir.print(known.getValue()));
                        output.executeUpdate();
                    }
                }
            }
        }
    }

    private static void insert(PreparedStatement references, StringBuilder json) throws SQLException {
        references.setString(1, json.append(']').toString());
        references.executeUpdate();
        json.setLength(1);
    }

    private void insert(PreparedStatement path, PathInfo info, int id) throws SQLException {
        path.setInt(1, id);
        path.setString(2, storeDir.print(info.path()));
        path.setString(3, PathTable.hash(info));
        path.setLong(4, Math.max(1, info.registrationTime().getEpochSecond()));
        set(path, 5, info.deriver().map(storeDir::print).orElse(null));
        path.setLong(6, info.narSize());
        if (info.ultimate()) {
            path.setInt(7, 1);
        } else {
            path.setNull(7, Types.INTEGER);
        }
        set(path, 8, PathTable.signatures(info));
        set(path, 9, PathTable.ca(info));
        path.executeUpdate();
    }

    private static void set(PreparedStatement statement, int index, @Nullable String text) throws SQLException {
        if (text == null) {
            statement.setNull(index, Types.VARCHAR);
        } else {
            statement.setString(index, text);
        }
    }

    private static int id(Map<StorePath, Integer> ids, StorePath referrer, StorePath path) {
        Integer id = ids.get(path);
        if (id == null) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "cannot write a database with '" + referrer + "' but without '" + path + "', to which it refers");
        }
        return id;
    }
}
