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
 * no count. A tree appears under its key complete or not at all.
 */
final class Trees {
    private final StateDir state;
    private final Trash trash;
    private final KeyedLocks building;
    private final TreeBuilder builder;
    private final Map<String, Set<String>> users = new HashMap<>();

    Trees(StateDir state, Trash trash, TreeBuilder builder, KeyedLocks locks) {
        this.state = state;
        this.trash = trash;
        this.builder = builder;
        this.building = locks;
    }

    /** Counts a volume of an earlier agent. */
    void adopt(String key, String volume) {
        synchronized (users) {
            users.computeIfAbsent(key, absent -> new HashSet<>()).add(volume);
        }
    }

    /**
     * Counts a volume as a user and makes the tree unless it is there. If it throws, the volume is not counted.
     *
     * @param closure asked only if the tree must be made
     * @throws CsiException ABORTED if another call builds it beyond the deadline, or as the failure is
     */
    Path acquire(VolumeRecord volume, Supplier<Collection<PathInfo>> closure, Deadline deadline) {
        String key = volume.tree();
        // INVARIANT: a tree with a user is never moved away, so what is seen to exist below stays.
        adopt(key, volume.name());
        boolean done = false;
        try (KeyedLocks.Held _ = building.take("a volume of the same closure", List.of("tree " + key), deadline)) {
            Path tree = state.tree(key);
            if (!Files.isDirectory(tree)) {
                build(key, tree, volume.packages(), closure.get());
            }
            done = true;
            return tree;
        } finally {
            if (!done) {
                forget(key, volume.name());
            }
        }
    }

    private void build(String key, Path tree, List<StorePath> packages, Collection<PathInfo> closure) {
        Path part = state.parts().resolve(key);
        try {
            if (Files.exists(part)) {
                trash.take(part);
            }
            Files.createDirectory(part);
            builder.build(part, packages, closure);
            Files.move(part, tree, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
            trash.takeQuietly(part);
            if (e instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw Failures.of("cannot present the closure of " + packages.getFirst(), (IOException) e);
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
            // The mounts are read only now: those of volumes that were released before this one are gone by then.
            if (!users.containsKey(key)
                    && Files.exists(state.tree(key))
                    && !LiveMounts.read(state.base()).uses(state.tree(key))) {
                trash.take(state.tree(key));
            }
        }
    }

    /** Takes every tree away that has no user and that nothing is mounted from. */
    void sweep(LiveMounts mounts) throws IOException {
        try (var entries = Files.newDirectoryStream(state.trees())) {
            for (Path tree : entries) {
                synchronized (users) {
                    boolean used = users.containsKey(tree.getFileName().toString()) || mounts.uses(tree);
                    // It may have been taken away since it was listed.
                    if (!used && Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
                        trash.take(tree);
                    }
                }
            }
        }
    }
}
