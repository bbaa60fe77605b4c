package dev.berth.store.usage;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;

/** A small pool of connections to PostgreSQL; broken ones are replaced. */
final class PostgresConnections implements Connections {
    private static final int MAX_CONNECTIONS = 4;
    private static final long CONNECT_MILLIS = 10_000;

    private final String name;
    private final HikariDataSource pool;

    /** @param url of PostgreSQL's JDBC driver; nothing is connected yet */
    PostgresConnections(String url) {
        // What may hold a password stands behind '?' or in front of '@'.
        this.name = url.replaceFirst("\\?.*", "").replaceFirst("//[^/@]*@", "//");
        HikariConfig config = new HikariConfig();
        config.setPoolName("berth-usage");
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(MAX_CONNECTIONS);
        config.setMinimumIdle(0);
        config.setAutoCommit(false);
        config.setConnectionTimeout(CONNECT_MILLIS);
        config.setInitializationFailTimeout(-1);
        config.addDataSourceProperty("reWriteBatchedInserts", "true");
        config.addDataSourceProperty("socketTimeout", "60");
        config.addDataSourceProperty("ApplicationName", "berth");
        this.pool = new HikariDataSource(config);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public <T> T transact(Work<T> work) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            // If the work throws, the pool rolls back what it takes back.
            T result = work.run(connection);
            connection.commit();
            return result;
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
