package dev.berth.store.local;

import dev.berth.nix.StorePath;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What the database says to a collection of garbage. */
final class GcPaths {
    private final Database database;
    private final PathTable paths;
    private final GcOptions options;

    GcPaths(Opened opened, GcOptions options) {
        this.database = opened.database();
        this.paths = opened.paths();
        this.options = options;
    }

    Set<StorePath> valid(Collection<StorePath> wanted) {
        return database.read(session -> new HashSet<>(paths.valid(session, wanted)));
    }

    /** What roots keep alive, themselves included, valid or not. */
    Set<StorePath> aliveFrom(Collection<StorePath> roots) {
        Set<StorePath> alive = new HashSet<>(roots);
        alive.addAll(database.read(
                session -> paths.alive(session, roots, options.keepOutputs(), options.keepDerivations())));
        return alive;
    }

    Collection<StorePath> referrersClosure(StorePath path) {
        return database.read(session -> paths.closure(session, List.of(path), true));
    }

    /** A path and all that can live no longer than it, but for those already known to go. */
    Set<StorePath> diesWith(StorePath start, Set<StorePath> going) {
        return database.read(session -> {
            Set<StorePath> group = new LinkedHashSet<>();
            Deque<StorePath> todo = new ArrayDeque<>(List.of(start));
            while (!todo.isEmpty()) {
                StorePath path = todo.pop();
                if (!going.contains(path) && group.add(path)) {
                    todo.addAll(after(session, path));
                }
            }
            return group;
        });
    }

    private List<StorePath> after(Session session, StorePath path) throws SQLException {
        List<StorePath> after = new ArrayList<>(paths.referrers(session, path));
        if (options.keepDerivations() && path.isDerivation()) {
            after.addAll(paths.validOutputsBuiltBy(session, path));
        }
        if (options.keepOutputs()) {
            after.addAll(paths.validDerivers(session, path));
        }
        return after;
    }

    private static final class InUse extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Makes all of these invalid in one transaction; false, and none, if another path refers to one of them. */
    boolean invalidate(Collection<StorePath> group) {
        try {
            return database.write(session -> {
                for (StorePath path : group) {
                    paths.deleteReferences(session, path);
                }
                for (StorePath path : group) {
                    if (!paths.referrers(session, path).isEmpty()) {
                        throw new InUse();
                    }
                    paths.delete(session, path);
                }
                return true;
            });
        } catch (InUse e) {
            return false;
        }
    }
}
