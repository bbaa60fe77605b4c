package dev.berth.store.usage;

import dev.berth.nix.FormatException;
import dev.berth.store.StoreException;
import dev.berth.store.StoreException.Kind;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A database with the tables of uses, made when it is first used. Any thread. */
final class DatabaseAccess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseAccess.class);

    private final Connections connections;
    private final AtomicBoolean created = new AtomicBoolean();

    DatabaseAccess(Connections connections) {
        this.connections = connections;
    }

    /** What to call it in messages. */
    String name() {
        return connections.name();
    }

    /**
     * Does something in one transaction, which may be begun twice.
     *
     * @param doing what, for messages: such as {@code read}
     */
    <T> T run(String doing, Connections.Work<T> work) {
        try {
            if (created.get()) {
                try {
                    return connections.transact(work);
                } catch (SQLException e) {
                    // The file was replaced, or the server restarted.
                    LOG.debug("{}: trying again after: {}", name(), e.getMessage());
                }
            }
            create();
            created.set(true);
            return connections.transact(work);
        } catch (SQLException e) {
            created.set(false);
            throw failure(doing, e);
        } catch (FormatException e) {
            throw new StoreException(
                    Kind.CORRUPT, "usage database " + name() + " holds what it should not: " + e.getMessage(), e);
        }
    }

    private void create() throws SQLException {
        Connections.Work<Boolean> tables = connection -> {
            UsageTables.create(connection);
            return true;
        };
        try {
            connections.transact(tables);
        } catch (SQLException e) {
            // PostgreSQL fails one of two that create a table at once.
            LOG.debug("making tables in {}: {}", name(), e.getMessage());
            connections.transact(tables);
        }
    }

    private StoreException failure(String doing, SQLException e) {
        String state = String.valueOf(e.getSQLState());
        // 08: connection; 53: resources; 57: intervention, as a shutdown; HikariCP gives none for a time-out.
        boolean passes = connections instanceof PostgresConnections
                && (e.getSQLState() == null
                        || state.startsWith("08")
                        || state.startsWith("53")
                        || state.startsWith("57"));
        return new StoreException(
                passes ? Kind.UNAVAILABLE : Kind.FAILED,
                "cannot " + doing + " usage database " + name() + ": "
                        + String.valueOf(cause(e).getMessage()).replaceAll("\\s*\\R\\s*", " "),
                e);
    }

    /** HikariCP says that no connection could be had, and what the server said is behind it. */
    private static Throwable cause(SQLException e) {
        return e instanceof SQLTransientConnectionException && e.getCause() != null ? e.getCause() : e;
    }

    @Override
    public void close() {
        connections.close();
    }
}
