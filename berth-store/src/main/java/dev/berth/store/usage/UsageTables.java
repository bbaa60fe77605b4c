package dev.berth.store.usage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tables, and the statements on them that SQLite and PostgreSQL both understand. Times are milliseconds since 1970. */
final class UsageTables {
    /** Of these tables; another one is refused. */
    private static final int VERSION = 1;

    private static final int PARAMETERS = 500;
    private static final int FETCH = 10_000;

    private static final List<String> SCHEMA = List.of(
            "create table if not exists berth_usage_schema (version integer primary key)",
            "create table if not exists berth_uses (path text primary key, used bigint not null)",
            "create table if not exists berth_pins"
                    + " (name text primary key, path text not null, since bigint not null)",
            "create table if not exists berth_leases"
                    + " (name text primary key, holder text not null, until bigint not null)",
            "create table if not exists berth_unnamed (name text primary key, until bigint not null)",
            "create table if not exists berth_condemned"
                    + " (path text primary key, holder text not null, final integer not null)",
            "insert into berth_usage_schema (version)" + " select " + VERSION
                    + " where not exists (select 1 from berth_usage_schema)");

    private UsageTables() {}

    /** Makes of a row what is wanted. */
    @FunctionalInterface
    interface Row {
        void take(ResultSet row) throws SQLException;
    }

    static void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : SCHEMA) {
                statement.executeUpdate(sql);
            }
        }
        query(connection, "select version from berth_usage_schema", row -> {
            if (row.getInt(1) != VERSION) {
                throw new SQLException("its tables have version " + row.getInt(1) + ", made by another Berth than this"
                        + " one, which knows version " + VERSION);
            }
        });
    }

    static void query(Connection connection, String sql, Row each, @Nullable Object... arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setFetchSize(FETCH);
            bind(statement, arguments);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    each.take(rows);
                }
            }
        }
    }

    /** Runs one change; how many rows it touched. */
    static int update(Connection connection, String sql, @Nullable Object... arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, arguments);
            return statement.executeUpdate();
        }
    }

    /** Runs a change for each list of arguments. */
    static void updateAll(Connection connection, String sql, Collection<List<Object>> arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int waiting = 0;
            for (List<Object> each : arguments) {
                bind(statement, each.toArray());
                statement.addBatch();
                if (++waiting == FETCH) {
                    statement.executeBatch();
                    waiting = 0;
                }
            }
            if (waiting > 0) {
                statement.executeBatch();
            }
        }
    }

    /** Runs a query whose {@code (#)} stands for a list of texts, a bounded number of them at a time. */
    static void queryAll(Connection connection, String sql, Collection<String> texts, Row each) throws SQLException {
        List<String> all = new ArrayList<>(texts);
        for (int from = 0; from < all.size(); from += PARAMETERS) {
            List<String> some = all.subList(from, Math.min(all.size(), from + PARAMETERS));
            String marks = "?" + ",?".repeat(some.size() - 1);
            query(connection, sql.replace("#", marks), each, some.toArray());
        }
    }

    private static void bind(PreparedStatement statement, @Nullable Object... arguments) throws SQLException {
        for (int i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
    }
}
