package dev.berth.store.usage;

import java.sql.Connection;
import java.sql.SQLException;

/** Where transactions run. Any thread. */
sealed interface Connections extends AutoCloseable permits SqliteConnections, PostgresConnections {
    /** What runs on a connection; it may run again after a failure that passed, so it must change nothing else. */
    @FunctionalInterface
    interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    /** Runs work as one transaction that is committed if it returns and rolled back if it throws. */
    <T> T transact(Work<T> work) throws SQLException;

    /** What to call the database in messages: no password. */
    String name();

    @Override
    void close();
}
