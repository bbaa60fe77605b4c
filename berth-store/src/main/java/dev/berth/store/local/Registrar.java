package dev.berth.store.local;

import dev.berth.linux.Directory;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes paths valid. Those who come while another registration is being written wait for it and then go together in one
 * transaction, so that many small additions cost few of them. Any thread.
 */
final class Registrar {
    private static final int TOGETHER = 500;

    private final LocalStoreConfig config;
    private final Directory store;
    private final Database database;
    private final PathTable paths;
    private final DerivationCheck derivations;
    private final Queue<Waiting> queue = new ConcurrentLinkedQueue<>();
    private final ReentrantLock leading = new ReentrantLock();

    Registrar(
            LocalStoreConfig config, Directory store, Database database, PathTable paths, DerivationCheck derivations) {
        this.config = config;
        this.store = store;
        this.database = database;
        this.paths = paths;
        this.derivations = derivations;
    }

    private static final class Waiting {
        final PathInfo info;
        boolean done;

        @Nullable
        RuntimeException failure;

        Waiting(PathInfo info) {
            this.info = info;
        }
    }

    /** Makes one path valid whose files are complete. Returns when it is. */
    void register(PathInfo info) {
        Waiting mine = new Waiting(info);
        queue.add(mine);
        leading.lock();
        try {
            if (!mine.done) {
                lead();
            }
        } finally {
            leading.unlock();
        }
        if (mine.failure != null) {
            throw mine.failure;
        }
    }

    // INVARIANT: whoever added to the queue either is in this batch or finds itself done.
    private void lead() {
        List<Waiting> batch = new ArrayList<>();
        for (Waiting next = queue.poll(); next != null; next = queue.poll()) {
            batch.add(next);
        }
        for (int from = 0; from < batch.size(); from += TOGETHER) {
            registerTogether(batch.subList(from, Math.min(from + TOGETHER, batch.size())));
        }
    }

    private void registerTogether(List<Waiting> batch) {
        try {
            registerAll(batch.stream().map(waiting -> waiting.info).toList());
        } catch (StoreException e) {
            // If one of them is wrong each gets its own answer; if the database is, all get the same.
            for (Waiting waiting : batch) {
                waiting.failure = batch.size() > 1 && isWrong(e) ? alone(waiting.info) : e;
            }
        } catch (RuntimeException e) {
            batch.forEach(waiting -> waiting.failure = e);
        } finally {
            batch.forEach(waiting -> waiting.done = true);
        }
    }

    /** Whether a registration failed because of what was to be registered, so that others may succeed. */
    static boolean isWrong(StoreException e) {
        return e.kind() == StoreException.Kind.REFUSED || e.kind() == StoreException.Kind.CORRUPT;
    }

    private @Nullable RuntimeException alone(PathInfo info) {
        try {
            registerAll(List.of(info));
            return null;
        } catch (RuntimeException e) {
            return e;
        }
    }

    /** Makes paths valid in one transaction; they may refer to each other, but in no cycle. */
    void registerAll(Collection<PathInfo> infos) {
        if (infos.isEmpty()) {
            return;
        }
        List<PathInfo> ordered = Topology.referencesFirst(infos);
        Map<StorePath, Map<String, StorePath>> outputs = new HashMap<>();
        Set<StorePath> together = ordered.stream().map(PathInfo::path).collect(Collectors.toSet());
        for (PathInfo info : ordered) {
            if (info.ca().isPresent() && !info.isContentAddressed(config.storeDir())) {
                throw new StoreException(
                        StoreException.Kind.CORRUPT,
                        "path '" + config.storeDir().print(info.path())
                                + "' says that it is content-addressed, but its content address gives another path");
            }
            if (info.path().isDerivation()) {
                outputs.put(info.path(), derivations.outputs(info.path(), together));
            }
        }
        if (config.syncBeforeRegistering()) {
            try {
                store.syncFileSystem();
            } catch (IOException e) {
                throw Failure.of("writing '" + config.realStoreDir() + "' to the disk", e);
            }
        }
        Instant now = Clock.systemUTC().instant();
        database.write(session -> {
            Map<StorePath, Long> ids = paths.ids(session, withReferences(ordered));
            List<PathTable.Reference> references = new ArrayList<>();
            for (PathInfo info : ordered) {
                long id = insert(session, info, ids, outputs.getOrDefault(info.path(), Map.of()), now);
                for (StorePath reference : info.references()) {
                    Long to = ids.get(reference);
                    if (to == null) {
                        throw missing(info.path(), reference);
                    }
                    references.add(new PathTable.Reference(id, to));
                }
            }
            paths.addReferences(session, references);
            return ordered;
        });
    }

    private static Set<StorePath> withReferences(List<PathInfo> infos) {
        Set<StorePath> all = new HashSet<>();
        for (PathInfo info : infos) {
            all.add(info.path());
            all.addAll(info.references());
        }
        return all;
    }

    private long insert(
            Session session, PathInfo info, Map<StorePath, Long> ids, Map<String, StorePath> outputs, Instant now)
            throws SQLException {
        Long known = ids.get(info.path());
        long id;
        if (known == null) {
            id = paths.insert(session, info, now);
            ids.put(info.path(), id);
        } else {
            id = known;
            paths.update(session, info);
        }
        for (var output : outputs.entrySet()) {
            paths.addOutput(session, id, output.getKey(), output.getValue());
        }
        return id;
    }

    StoreException missing(StorePath path, StorePath reference) {
        return new StoreException(
                StoreException.Kind.REFUSED,
                "cannot add '" + config.storeDir().print(path) + "' to store '" + config.uri() + "': it refers to '"
                        + config.storeDir().print(reference) + "', which is not valid there; add that first");
    }
}
