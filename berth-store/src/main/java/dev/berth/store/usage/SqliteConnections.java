package dev.berth.store.usage;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * One connection to a file, in WAL mode, so that several processes may use it. It is opened when it is first needed, and
 * again if it failed or the file was replaced.
 */
final class SqliteConnections implements Connections {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteConnections.class);

    /** How long SQLite waits for another process; its transactions take milliseconds. */
    private static final int BUSY_MILLIS = 10_000;

    private static final long BUSY_NANOS = 30_000_000_000L;

    private final Path file;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Connection open;
    private @Nullable Object key;
    private boolean closed;

    SqliteConnections(Path file) {
        this.file = file;
    }

    @Override
    public String name() {
        return file.toString();
    }

    @Override
    public <T> T transact(Work<T> work) throws SQLException {
        long deadline = System.nanoTime() + BUSY_NANOS;
        while (true) {
            try {
                return once(work);
            } catch (SQLException e) {
                // SQLite does not wait by itself when two processes make a file, or begin with WAL, at once.
                if (!isBusy(e) || System.nanoTime() - deadline > 0) {
                    throw e;
                }
                pause(e);
            }
        }
    }

    private static boolean isBusy(SQLException e) {
        if (!(e instanceof SQLiteException sqlite)) {
            return false;
        }
        int code = sqlite.getResultCode().code & 0xff;
        return code == SQLiteErrorCode.SQLITE_BUSY.code
                || code == SQLiteErrorCode.SQLITE_LOCKED.code
                || code == SQLiteErrorCode.SQLITE_PROTOCOL.code;
    }

    private static void pause(SQLException busy) throws SQLException {
        try {
            Thread.sleep(1 + ThreadLocalRandom.current().nextInt(50));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw busy;
        }
    }

    private <T> T once(Work<T> work) throws SQLException {
        lock.lock();
        try {
            boolean good = false;
            try {
                T result = inTransaction(connection(), work);
                good = true;
                return result;
            } finally {
                if (!good) {
                    drop();
                }
            }
        } catch (IOException e) {
            throw new SQLException("cannot open it: " + e, e);
        } finally {
            lock.unlock();
        }
    }

    // Not by the driver's own means: it begins the next transaction, with the lock, as soon as one is committed. At
    // once
    // for writing: a transaction that reads and then writes would fail if another wrote in between.
    private static <T> T inTransaction(Connection connection, Work<T> work) throws SQLException {
        execute(connection, "begin immediate");
        T result = work.run(connection);
        execute(connection, "commit");
        return result; // if the work throws, the connection is closed, which rolls back
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private Connection connection() throws SQLException, IOException {
        if (closed) {
            throw new SQLException("it is closed");
        }
        Connection known = open;
        if (known != null && Files.exists(file) && fileKey().equals(key)) {
            return known;
        }
        drop();
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Connection made = connect();
        open = made;
        key = fileKey();
        return made;
    }

    private Connection connect() throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_MILLIS);
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
        String uri = "jdbc:sqlite:file:"
                + URLEncoder.encode(file.toString(), StandardCharsets.UTF_8)
                        .replace("+", "%20")
                        .replace("%2F", "/");
        return JDBC.createConnection(uri, config.toProperties());
    }

    private Object fileKey() throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }

    private void drop() {
        Connection old = open;
        open = null;
        if (old != null) {
            try {
                old.close();
            } catch (SQLException e) {
                LOG.debug("closing {}: {}", file, e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            drop();
        } finally {
            lock.unlock();
        }
    }
}
