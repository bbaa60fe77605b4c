package dev.berth.store.daemon;

import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.StoreReference;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarSource;
import dev.berth.nix.nar.StartSink;
import dev.berth.store.GuardedSink;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import dev.berth.store.StoreSettings;
import dev.berth.wire.LogSink;
import dev.berth.wire.PathStream;
import dev.berth.wire.RemoteException;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.worker.WorkerClient;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A store behind a Nix daemon: {@code unix://PATH}, {@code daemon}, {@code ssh-ng://[USER@]HOST[:PORT]} and
 * {@code ssh://…}. Up to {@code max-connections} calls run at once, each on a connection of its own, which is kept for a
 * while; others wait. A connection on which anything went wrong but an answer is closed.
 *
 * <p>The daemon checks signatures of what is added unless it trusts this client.
 */
public final class DaemonStore implements Store {
    /** Path infos asked for at once: what comes back stays far below the limit of a message. */
    private static final int BATCH = 2_000;

    private final DaemonUri daemon;
    private final DaemonCalls calls;

    private DaemonStore(DaemonUri daemon) {
        this.daemon = daemon;
        this.calls = new DaemonCalls(new ConnectionPool(daemon.uri(), daemon.limits(), daemon::connect));
    }

    /**
     * Opens a store without asking it anything yet.
     *
     * @throws StoreException of kind {@code REFUSED} for a scheme or parameter that is not known
     */
    public static DaemonStore open(StoreReference reference, StoreSettings settings) {
        return new DaemonStore(DaemonUri.of(reference, settings));
    }

    /** Whether there is a socket where {@code auto} with these parameters looks for the daemon. */
    public static boolean isThere(StoreReference reference) {
        return Files.exists(DaemonUri.defaultSocket(reference.param("state")));
    }

    /**
     * Something that a daemon can be asked beside what every store can.
     *
     * @param <T> the answer
     */
    @FunctionalInterface
    public interface Request<T> {
        /** Asks; what the daemon says no to may come through. */
        T ask(StoreOperations operations) throws IOException;
    }

    /**
     * Opens a connection beside the pool, for a session of its own: its temporary roots and settings are nobody else's.
     *
     * @return to be closed by the caller
     * @throws StoreException if the daemon can't be reached
     */
    public StoreOperations connect() {
        return daemon.connect().operations();
    }

    @Override
    public StoreDir storeDir() {
        return daemon.storeDir();
    }

    @Override
    public String uri() {
        return daemon.uri();
    }

    /** How many connections there are at most. */
    public int connections() {
        return daemon.limits().connections();
    }

    /**
     * Asks the daemon for something on a connection that nobody else uses meanwhile. Not repeated if the connection is
     * lost; temporary roots last until the connection is closed, some minutes at most.
     *
     * @param what in the words of an error message, such as {@code collect the garbage of}
     * @throws StoreException if the daemon says no or can't be reached
     */
    public <T> T ask(String what, Request<T> request) {
        return ask(what, LogSink.none(), request);
    }

    /**
     * As {@link #ask(String, Request)}.
     *
     * @param log takes what the daemon says meanwhile; not by the serve protocol, where it goes to standard error
     */
    public <T> T ask(String what, LogSink log, Request<T> request) {
        return calls.callOnce("cannot " + what + " " + uri(), operations -> {
            if (!(operations instanceof WorkerClient client)) {
                return request.ask(operations);
            }
            client.setLog(log);
            try {
                return request.ask(client);
            } finally {
                client.setLog(LogSink.none());
            }
        });
    }

    private <T> T query(String what, DaemonCalls.Call<T> call) {
        return calls.call("cannot " + what, () -> true, call);
    }

    @Override
    public Optional<PathInfo> pathInfo(StorePath path) {
        return query("look up " + storeDir().print(path) + " in " + uri(), ops -> ops.queryPathInfo(path));
    }

    /** The path infos of those that are valid here, asked for together. */
    public Map<StorePath, PathInfo> pathInfos(Collection<StorePath> paths) {
        Map<StorePath, PathInfo> infos = new HashMap<>();
        List<StorePath> all = List.copyOf(new HashSet<>(paths));
        for (int start = 0; start < all.size(); start += BATCH) {
            List<StorePath> batch = all.subList(start, Math.min(all.size(), start + BATCH));
            infos.putAll(query("look up " + batch.size() + " paths in " + uri(), ops -> ops.queryPathInfos(batch)));
        }
        return infos;
    }

    @Override
    public Set<StorePath> validPaths(Collection<StorePath> paths) {
        if (paths.isEmpty()) {
            return Set.of();
        }
        return query(
                "look up " + paths.size() + " paths in " + uri(),
                ops -> Set.copyOf(ops.queryValidPaths(new HashSet<>(paths), false)));
    }

    /** All valid paths. */
    public Set<StorePath> allValidPaths() {
        return query("list the paths of " + uri(), StoreOperations::queryAllValidPaths);
    }

    @Override
    public Optional<StorePath> pathFromHashPart(String hashPart) {
        return query("look up hash part " + hashPart + " in " + uri(), ops -> ops.queryPathFromHashPart(hashPart));
    }

    @Override
    public void nar(StorePath path, NarSink sink) {
        StartSink watched = new StartSink(new GuardedSink(sink));
        try {
            calls.call("cannot read " + storeDir().print(path) + " from " + uri(), () -> !watched.started(), ops -> {
                ops.narFromPath(path, watched);
                return path;
            });
        } catch (StoreException e) {
            // A daemon begins to answer before it looks whether there is such a path, and then it can only hang up.
            throw watched.started() || isValid(path) ? e : absent(path);
        }
    }

    private boolean isValid(StorePath path) {
        return !validPaths(List.of(path)).isEmpty();
    }

    private StoreException absent(StorePath path) {
        return new StoreException(
                StoreException.Kind.ABSENT, "path " + storeDir().print(path) + " is not in " + uri());
    }

    @Override
    public void add(PathInfo info, NarSource nar) {
        boolean[] told = {false};
        NarSource once = sink -> {
            told[0] = true;
            nar.sendTo(sink);
        };
        String what = "cannot add " + storeDir().print(info.path()) + " to " + uri();
        adding(() -> calls.call(what, () -> !told[0], ops -> {
            if (!ops.isValidPath(info.path())) {
                ops.addToStoreNar(info, false, true, once);
            }
            return info;
        }));
    }

    /**
     * Adds many paths on one connection, references before those that refer to them.
     *
     * @param paths told once at most
     * @throws StoreException as {@link #add}; those that the daemon had whole may be valid
     */
    public void addAll(PathStream paths) {
        adding(() -> calls.callOnce("cannot add " + paths.count() + " paths to " + uri(), ops -> {
            ops.addMultipleToStore(paths, false, true);
            return paths;
        }));
    }

    /** A path that the daemon calls not valid while others are added is one that they refer to. */
    private static void adding(Runnable call) {
        try {
            call.run();
        } catch (StoreException e) {
            throw e.kind() == StoreException.Kind.ABSENT && e.getCause() instanceof RemoteException
                    ? new StoreException(StoreException.Kind.REFUSED, e.getMessage(), e)
                    : e;
        }
    }

    @Override
    public void addSignatures(StorePath path, Collection<Signature> signatures) {
        query("sign " + storeDir().print(path) + " in " + uri(), ops -> {
            // Nix 2.8 dies of a path that is not valid.
            if (!ops.isValidPath(path)) {
                throw absent(path);
            }
            ops.addSignatures(path, signatures);
            return path;
        });
    }

    @Override
    public void close() {
        calls.close();
    }
}
