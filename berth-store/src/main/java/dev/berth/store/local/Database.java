package dev.berth.store.local;

import dev.berth.nix.FormatException;
import dev.berth.store.StoreException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Connections to one SQLite file: one that writes, and up to {@value #READERS} that read beside it. Any thread; waiting
 * happens in Java, never inside SQLite, and ends at a deadline.
 */
final class Database implements AutoCloseable {
    /** What runs on a connection. It may run again if the database was busy, so it must change nothing else. */
    @FunctionalInterface
    interface Work<T> {
        T run(Session session) throws SQLException;
    }

    private static final int READERS = 4;
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);

    private final Path file;
    private final boolean readOnly;
    private final Duration patience;
    private final ReentrantLock writing = new ReentrantLock(true);
    private final Semaphore reading = new Semaphore(READERS, true);
    private final Object open = new Object();
    private final Deque<Session> idle = new ArrayDeque<>();
    private final Deque<Session> writer = new ArrayDeque<>(1);
    // Open as long as this is, so that what SQLite's connections share is not made anew.
    private final Deque<Session> anchors = new ArrayDeque<>(1);
    private volatile boolean closed;

    /** @param patience how long to wait for other connections and processes before giving up */
    Database(Path file, boolean readOnly, Duration patience) {
        this.file = file;
        this.readOnly = readOnly;
        this.patience = patience;
    }

    Path file() {
        return file;
    }

    boolean isClosed() {
        return closed;
    }

    /** What tells commits without SQLite, until this is closed; empty if that can't be had. */
    Optional<WalIndex> walIndex() {
        try {
            Session anchor = connect();
            synchronized (open) {
                if (closed) {
                    anchor.close();
                    return Optional.empty();
                }
                anchors.push(anchor);
            }
            boolean _ = anchor.sawChange(); // only who has read is there for others
            return WalIndex.of(file);
        } catch (SQLException e) {
            LOG.debug("database '{}' is asked for commits: {}", file, e.getMessage());
            return Optional.empty();
        }
    }

    /** Runs reading work. It sees what was committed before it began, statement by statement. */
    <T> T read(Work<T> work) {
        long deadline = System.nanoTime() + patience.toNanos();
        return retrying(deadline, () -> {
            if (!reading.tryAcquire(remaining(deadline), TimeUnit.NANOSECONDS)) {
                throw busy();
            }
            try {
                Session session = take(idle);
                return giveBack(idle, session, work);
            } finally {
                reading.release();
            }
        });
    }

    /** Runs work as one transaction that is committed if it returns and rolled back if it throws. */
    <T> T write(Work<T> work) {
        long deadline = System.nanoTime() + patience.toNanos();
        return retrying(deadline, () -> {
            if (!writing.tryLock(remaining(deadline), TimeUnit.NANOSECONDS)) {
                throw busy();
            }
            try {
                Session session = take(writer);
                return giveBack(writer, session, inTransaction -> transact(inTransaction, work));
            } finally {
                writing.unlock();
            }
        });
    }

    private static <T> T transact(Session session, Work<T> work) throws SQLException {
        session.execute("begin immediate");
        try {
            T result = work.run(session);
            session.execute("commit");
            return result;
        } catch (SQLException | RuntimeException | Error e) {
            try {
                session.execute("rollback");
            } catch (SQLException alreadyRolledBack) {
                e.addSuppressed(alreadyRolledBack);
            }
            throw e;
        }
    }

    private Session take(Deque<Session> sessions) throws SQLException {
        synchronized (open) {
            if (closed) {
                throw new StoreException(StoreException.Kind.FAILED, "database '" + file + "' is closed");
            }
            if (!sessions.isEmpty()) {
                return sessions.pop();
            }
        }
        return connect();
    }

    private <T> T giveBack(Deque<Session> sessions, Session session, Work<T> work) throws SQLException {
        boolean kept = false;
        try {
            T result = work.run(session);
            kept = true;
            return result;
        } catch (StoreException e) {
            kept = true;
            throw e;
        } catch (SQLiteException e) {
            kept = isBusy(e);
            throw e;
        } finally {
            synchronized (open) {
                if (kept && !closed) {
                    sessions.push(session);
                } else {
                    session.close();
                }
            }
        }
    }

    private Session connect() throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(readOnly);
        // Short: this wait keeps a carrier thread; the long wait is ours.
        config.setBusyTimeout(20);
        config.enforceForeignKeys(true);
        Session session = new Session(JDBC.createConnection("jdbc:sqlite:" + uri(file), config.toProperties()));
        boolean good = false;
        try {
            if (!readOnly) {
                configure(session);
            }
            good = true;
            return session;
        } finally {
            if (!good) {
                session.close();
            }
        }
    }

    private static void configure(Session session) throws SQLException {
        session.execute("pragma synchronous = normal");
        boolean wal = session.first("pragma main.journal_mode", mode -> mode.getString(1))
                .orElse("")
                .equals("wal");
        if (!wal) {
            session.first("pragma main.journal_mode = wal", mode -> mode.getString(1));
        }
        // Nix's figure: a big batch is synced once.
        session.first("pragma wal_autocheckpoint = 40000", pages -> pages.getLong(1));
    }

    /** The path as SQLite's URI, which may hold any character. */
    static String uri(Path file) {
        return "file:"
                + URLEncoder.encode(file.toString(), StandardCharsets.UTF_8)
                        .replace("+", "%20")
                        .replace("%2F", "/");
    }

    @FunctionalInterface
    private interface Attempt<T> {
        T run() throws SQLException, InterruptedException;
    }

    private <T> T retrying(long deadline, Attempt<T> attempt) {
        try {
            while (true) {
                try {
                    return attempt.run();
                } catch (FormatException e) {
                    throw new StoreException(
                            StoreException.Kind.CORRUPT,
                            "database '" + file + "' holds what it should not: " + e.getMessage(),
                            e);
                } catch (SQLException e) {
                    if (!isBusy(e)) {
                        throw translated(file, e);
                    }
                    if (remaining(deadline) <= 0) {
                        throw busy();
                    }
                    Thread.sleep(1 + ThreadLocalRandom.current().nextInt(20));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE, "interrupted while waiting for database '" + file + "'", e);
        }
    }

    private static long remaining(long deadline) {
        return deadline - System.nanoTime();
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

    private StoreException busy() {
        return new StoreException(
                StoreException.Kind.UNAVAILABLE,
                "database '" + file + "' is busy: another process has been writing it for " + patience.toSeconds()
                        + " s; try again later");
    }

    /** The error of the store that an error of SQLite means. */
    static StoreException translated(Path file, SQLException e) {
        String where =
                "database '" + file + "': " + String.valueOf(e.getMessage()).replaceAll("\\p{Cntrl}", " ");
        int code = e instanceof SQLiteException sqlite ? sqlite.getResultCode().code & 0xff : -1;
        StoreException.Kind kind;
        if (code == SQLiteErrorCode.SQLITE_FULL.code) {
            kind = StoreException.Kind.NO_SPACE;
        } else if (code == SQLiteErrorCode.SQLITE_READONLY.code) {
            kind = StoreException.Kind.READ_ONLY;
        } else if (code == SQLiteErrorCode.SQLITE_CORRUPT.code || code == SQLiteErrorCode.SQLITE_NOTADB.code) {
            kind = StoreException.Kind.CORRUPT;
        } else {
            kind = StoreException.Kind.FAILED;
        }
        return new StoreException(kind, where, e);
    }

    /** Closes the idle connections at once and the others when their work ends. */
    @Override
    public void close() {
        synchronized (open) {
            closed = true;
            idle.addAll(writer);
            writer.clear();
            idle.addAll(anchors);
            anchors.clear();
            while (!idle.isEmpty()) {
                try {
                    idle.pop().close();
                } catch (SQLException e) {
                    // What was asked for is committed; SQLite puts the rest right when it is next opened.
                    LOG.warn("closing database '{}': {}", file, e.getMessage());
                }
            }
        }
    }
}
