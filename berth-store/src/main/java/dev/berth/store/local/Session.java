package dev.berth.store.local;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One connection to the database with the statements that it has prepared. One thread at a time. */
final class Session implements AutoCloseable {
    /** Makes a value of the row that the result stands on. */
    @FunctionalInterface
    interface Row<T> {
        T of(ResultSet result) throws SQLException;
    }

    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();
    private long version = -1;

    Session(Connection connection) {
        this.connection = connection;
    }

    /** The connection, for who prepares statements of its own. */
    Connection connection() {
        return connection;
    }

    /** Runs statements that take and give nothing. */
    void execute(String script) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(script);
        }
    }

    /** Every row of a query. */
    <T> List<T> list(String sql, Row<T> row, @Nullable Object... arguments) throws SQLException {
        PreparedStatement statement = bind(sql, arguments);
        try (ResultSet result = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            while (result.next()) {
                rows.add(row.of(result));
            }
            return rows;
        }
    }

    /** The first row of a query. */
    <T> Optional<T> first(String sql, Row<T> row, @Nullable Object... arguments) throws SQLException {
        PreparedStatement statement = bind(sql, arguments);
        try (ResultSet result = statement.executeQuery()) {
            return result.next() ? Optional.of(row.of(result)) : Optional.empty();
        }
    }

    /** Runs one change; the number of rows that it touched. */
    int update(String sql, @Nullable Object... arguments) throws SQLException {
        return bind(sql, arguments).executeUpdate();
    }

    /** Whether another session has committed anything since the last time that this was asked; at first it has. */
    boolean sawChange() throws SQLException {
        long last = version;
        version = first("pragma data_version", row -> row.getLong(1)).orElseThrow();
        return version != last;
    }

    /** The id of the row last inserted by this session. */
    long lastId() throws SQLException {
        return first("select last_insert_rowid()", result -> result.getLong(1)).orElse(0L);
    }

    // They live as long as the connection, which closes them.
    private PreparedStatement bind(String sql, @Nullable Object... arguments) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
        }
        for (int i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
        return statement;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
