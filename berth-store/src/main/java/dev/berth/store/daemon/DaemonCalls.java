package dev.berth.store.daemon;

import dev.berth.nix.FormatException;
import dev.berth.store.StoreException;
import dev.berth.wire.RemoteException;
import dev.berth.wire.StoreOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Asks a daemon on a connection of the pool, and again on another if that one was lost. */
final class DaemonCalls implements AutoCloseable {
    private final ConnectionPool pool;

    DaemonCalls(ConnectionPool pool) {
        this.pool = pool;
    }

    /** Something to ask. */
    @FunctionalInterface
    interface Call<T> {
        T run(StoreOperations daemon) throws IOException;
    }

    /**
     * Asks.
     *
     * @param what for messages, such as {@code cannot read PATH from URI}
     * @param repeatable whether asking again does no harm, at the moment when the connection was lost
     * @throws StoreException if the daemon refuses or fails, or can't be reached
     */
    <T> T call(String what, BooleanSupplier repeatable, Call<T> call) {
        Connection connection = pool.take(false);
        boolean used = connection.used();
        Attempt<T> first = attempt(what, connection, call);
        if (first.lost() && used && repeatable.getAsBoolean()) {
            // It was idle since its last use, and the daemon may be another by now.
            return attempt(what, pool.take(true), call).result();
        }
        return first.result();
    }

    /** As above for what can't be asked twice: on a connection that was found to work. */
    <T> T callOnce(String what, Call<T> call) {
        return attempt(what, working(), call).result();
    }

    private Connection working() {
        Connection connection = pool.take(false);
        boolean works = !connection.used();
        try {
            if (!works) {
                connection.operations().queryValidPaths(List.of(), false);
                works = true;
            }
        } catch (RemoteException e) {
            // It was idle since its last use, and the daemon may be another by now.
        } finally {
            if (!works) {
                pool.discard(connection);
            }
        }
        return works ? connection : pool.take(true);
    }

    /** How a call ended. */
    private sealed interface Attempt<T> {
        record Done<T>(T value) implements Attempt<T> {}

        record Failed<T>(StoreException failure, boolean lost) implements Attempt<T> {}

        default boolean lost() {
            return this instanceof Failed<T> failed && failed.lost;
        }

        default T result() {
            return switch (this) {
                case Done<T> done -> done.value;
                case Failed<T> failed -> throw failed.failure;
            };
        }
    }

    private <T> Attempt<T> attempt(String what, Connection connection, Call<T> call) {
        boolean good = false;
        try {
            T value = call.run(connection.operations());
            good = true;
            return new Attempt.Done<>(value);
        } catch (RemoteException e) {
            good = !e.connectionLost();
            return new Attempt.Failed<>(
                    DaemonFailure.of(what, e, good ? "" : connection.lastWords()), e.connectionLost());
        } catch (IOException | UncheckedIOException | FormatException e) {
            return new Attempt.Failed<>(DaemonFailure.of(what, e, connection.lastWords()), true);
        } finally {
            if (good) {
                pool.giveBack(connection);
            } else {
                pool.discard(connection);
            }
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
