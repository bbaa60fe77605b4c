package dev.berth.node;

import dev.berth.nix.PathInfo;
import dev.berth.nix.StorePath;
import dev.berth.node.csi.CsiException;
import io.grpc.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The presented trees, one for each closure, shared by all volumes that show it. A tree is in use as long as a volume's
 * record names it; which volumes those are is kept here and was read from the records at the start, so a crash can lose
 * no count. A tree appears under its key complete or not at all. As long as there is one, or it is being made, there are GC
 * roots under its key: it may show files of the store itself, and longer than any volume that is known.
 */
final class Trees {
    private final StateDir state;
    private final Trash trash;
    private final KeyedLocks building;
    private final TreeBuilder builder;
    private final Presentations presentations;
    private final VolumeRoots roots;
    private final Map<String, Set<String>> users = new HashMap<>();

    Trees(
            StateDir state,
            Trash trash,
            TreeBuilder builder,
            Presentations presentations,
            VolumeRoots roots,
            KeyedLocks locks) {
        this.state = state;
        this.trash = trash;
        this.builder = builder;
        this.presentations = presentations;
        this.roots = roots;
        this.building = locks;
    }

    /** Counts a volume or container of an earlier agent. */
    void adopt(String key, String user) {
        synchronized (users) {
            users.computeIfAbsent(key, absent -> new HashSet<>()).add(user);
        }
    }

    /**
     * Counts a volume or container as a user and makes the tree unless it is there. If it throws, it is not counted.
     *
     * @param packages what the tree shows the closure of, the primary one first
     * @param closure asked only if the tree must be made
     * @throws CsiException ABORTED if another call builds it beyond the deadline, or as the failure is
     */
    Path acquire(
            String key,
            String user,
            List<StorePath> packages,
            Supplier<Collection<PathInfo>> closure,
            Deadline deadline) {
        // INVARIANT: a tree with a user is never moved away, so what is seen to exist below stays.
        adopt(key, user);
        boolean done = false;
        try (KeyedLocks.Held _ = building.take("a volume of the same closure", List.of("tree " + key), deadline)) {
            Path tree = state.tree(key);
            try {
                roots.add(key, packages);
                if (!Files.isDirectory(tree)) {
                    build(key, tree, packages, closure.get());
                }
                presentations.of(key).ready(tree);
            } catch (IOException e) {
                throw Failures.of("cannot present the closure of " + packages.getFirst(), e);
            }
            done = true;
            return tree;
        } finally {
            if (!done) {
                forget(key, user);
            }
        }
    }

    private void build(String key, Path tree, List<StorePath> packages, Collection<PathInfo> closure)
            throws IOException {
        Path part = state.parts().resolve(key);
        boolean done = false;
        try {
            if (Files.exists(part)) {
                trash.take(part);
            }
            Files.createDirectory(part);
            builder.build(presentations.of(key), part, packages, closure);
            Files.move(part, tree, StandardCopyOption.ATOMIC_MOVE);
            done = true;
        } finally {
            if (!done) {
                trash.takeQuietly(part);
            }
        }
    }

    private void forget(String key, String volume) {
        synchronized (users) {
            users.computeIfPresent(key, (same, left) -> {
                left.remove(volume);
                return left.isEmpty() ? null : left;
            });
        }
    }

    /** Takes a volume off the users, and the tree away if it was the last and nothing is mounted from it. */
    void release(String key, String volume) throws IOException {
        synchronized (users) {
            forget(key, volume);
            if (!users.containsKey(key)) {
                removeUnused(key);
            }
        }
    }

    /** Takes every tree away that has no user and that nothing is mounted from, and roots that belong to none. */
    void sweep() throws IOException {
        for (Path directory : List.of(state.trees(), state.gcRoots())) {
            try (var entries = Files.newDirectoryStream(directory)) {
                for (Path entry : entries) {
                    String key = entry.getFileName().toString();
                    synchronized (users) {
                        boolean mine = directory.equals(state.trees()) || TreeKey.isKey(key);
                        if (mine && !users.containsKey(key)) {
                            removeUnused(key);
                        }
                    }
                }
            }
        }
    }

    private void removeUnused(String key) throws IOException {
        Path tree = state.tree(key);
        // The mounts are read only now: those of volumes that were released before this one are gone by then.
        if (state.mounts().uses(tree, presentations.of(key).shared(tree))) {
            return;
        }
        if (Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            trash.take(tree);
        }
        roots.remove(key);
    }
}
