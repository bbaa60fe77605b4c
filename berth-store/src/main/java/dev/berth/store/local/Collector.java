package dev.berth.store.local;

import dev.berth.linux.Names;
import dev.berth.nix.StorePath;
import dev.berth.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * One collection of garbage (libstore/gc.cc, {@code collectGarbage}). Alive is what roots reach; a path is deleted
 * together with everything that refers to it, after proof that nothing of that is alive: first from the database, then
 * its files are renamed out of sight, then removed. Killed at any moment, it leaves names that the next one removes.
 */
final class Collector {
    private final Opened opened;
    private final GcOptions options;
    private final GcPaths paths;
    private final Trash trash;
    private final Claims claims = new Claims();
    private final Map<StorePath, Set<String>> roots = new HashMap<>();
    private final Set<StorePath> alive = new HashSet<>();
    private final Set<StorePath> dead = new LinkedHashSet<>();

    Collector(Opened opened, GcOptions options) {
        this.opened = opened;
        this.options = options;
        this.paths = new GcPaths(opened, options);
        this.trash = new Trash(opened);
    }

    GcResult run() {
        String what = "collecting garbage of store '" + opened.config().uri() + "'";
        boolean deletes = deletes();
        try {
            if (deletes) {
                Files.deleteIfExists(opened.config().database().resolve("reserved"));
            }
            try (CollectorLock _ = CollectorLock.own(opened);
                    RootsServer _ = RootsServer.start(
                            opened.config().storeDir(), opened.place().writableState(), claims)) {
                findRoots(deletes);
                return switch (options.action()) {
                    case RETURN_LIVE -> new GcResult(alive, 0);
                    case RETURN_DEAD, DELETE_DEAD, DELETE_INVALID -> {
                        sweep();
                        yield new GcResult(dead, trash.freed());
                    }
                    case DELETE_SPECIFIC -> {
                        deleteSpecific();
                        yield new GcResult(dead, trash.freed());
                    }
                    case DELETE_DEAD_OF -> {
                        deleteDeadOf();
                        yield new GcResult(dead, trash.freed());
                    }
                };
            } finally {
                if (deletes) {
                    Place.reserve(opened.config().database());
                }
            }
        } catch (IOException e) {
            throw Failure.of(what, e);
        } catch (InterruptedException e) {
            throw Failure.interrupted(what, e);
        }
    }

    private boolean deletes() {
        return switch (options.action()) {
            case RETURN_LIVE, RETURN_DEAD -> false;
            case DELETE_DEAD, DELETE_SPECIFIC, DELETE_DEAD_OF, DELETE_INVALID -> true;
        };
    }

    // Since we hold the lock, lasting roots do not increase now, and temporary ones come to the server.
    private void findRoots(boolean removeStale) throws IOException, InterruptedException {
        roots.putAll(opened.roots().find(removeStale));
        merge(RuntimeRoots.find(
                Path.of("/proc"), opened.config().storeDir(), opened.config().realStoreDir()));
        roots.keySet().retainAll(paths.valid(roots.keySet()));
        Map<StorePath, Set<String>> temporary =
                RootsReader.read(opened.config().storeDir(), opened.place().writableState());
        for (StorePath path : temporary.keySet()) {
            claims.root(path.hashPart());
        }
        merge(temporary);
        alive.addAll(paths.aliveFrom(roots.keySet()));
    }

    private void merge(Map<StorePath, Set<String>> more) {
        more.forEach((path, holders) -> roots.merge(path, holders, (some, others) -> {
            Set<String> all = new HashSet<>(some);
            all.addAll(others);
            return all;
        }));
    }

    private void sweep() throws IOException {
        List<byte[]> names = new ArrayList<>();
        opened.files().directory().forEach((name, type, inode) -> names.add(name));
        if (options.action() == GcOptions.Action.DELETE_INVALID) {
            names.removeIf(valid(names)::contains);
        }
        for (byte[] name : names) {
            if (trash.freed() > options.maxFreed()) {
                return;
            }
            Failure.checkInterrupted("collecting garbage");
            String text = Names.show(name);
            if (text.equals(".links")) {
                continue;
            }
            var path = StoreNames.parse(text);
            if (path.isPresent()) {
                consider(path.get());
            } else if (deletes()) {
                trash.removeStray(name);
            }
        }
        if (deletes()) {
            trash.removeUnusedLinks();
        }
    }

    // Arrays of bytes are told apart by identity, which serves here.
    private Set<byte[]> valid(List<byte[]> names) {
        Map<StorePath, byte[]> parsed = new HashMap<>();
        for (byte[] name : names) {
            StoreNames.parse(Names.show(name)).ifPresent(path -> parsed.put(path, name));
        }
        Set<byte[]> valid = Collections.newSetFromMap(new IdentityHashMap<>());
        for (StorePath path : paths.valid(parsed.keySet())) {
            valid.add(Objects.requireNonNull(parsed.get(path)));
        }
        return valid;
    }

    /** Deletes the path and what refers to it, or finds it alive. */
    private boolean consider(StorePath path) {
        if (alive.contains(path) || dead.contains(path)) {
            return dead.contains(path);
        }
        Set<StorePath> group = paths.diesWith(path, dead);
        for (StorePath member : group) {
            if (alive.contains(member) || claims.isRooted(member.hashPart())) {
                alive.addAll(paths.aliveFrom(List.of(member)));
                alive.add(path);
                return false;
            }
        }
        return delete(group);
    }

    private boolean delete(Set<StorePath> group) {
        if (deletes()) {
            if (!claims.claim(group.stream().map(StorePath::hashPart).toList())) {
                return false;
            }
            try {
                if (!trash.mayTake(group) || !paths.invalidate(group)) {
                    return false;
                }
                trash.take(group);
            } finally {
                claims.release();
            }
            trash.empty();
        }
        dead.addAll(group);
        return true;
    }

    private void deleteSpecific() throws IOException {
        Set<StorePath> together = new LinkedHashSet<>();
        for (StorePath path : new TreeSet<>(options.paths())) {
            Set<StorePath> group = paths.diesWith(path, together);
            for (StorePath member : group) {
                if (alive.contains(member) || claims.isRooted(member.hashPart())) {
                    throw alive(path, holders(path));
                }
                if (!options.paths().contains(member)) {
                    throw alive(path, "'" + show(member) + "' refers to it");
                }
            }
            together.addAll(group);
        }
        if (!together.isEmpty() && !delete(together)) {
            throw alive(together.iterator().next(), "somebody began to use it");
        }
        trash.removeUnusedLinks();
    }

    private void deleteDeadOf() throws IOException {
        for (StorePath path : new TreeSet<>(options.paths())) {
            Set<StorePath> group = dead.contains(path) ? Set.of() : paths.diesWith(path, dead);
            boolean free = options.paths().containsAll(group)
                    && group.stream().noneMatch(member -> alive.contains(member) || claims.isRooted(member.hashPart()));
            if (free && !group.isEmpty()) {
                boolean _ = delete(group); // false: somebody began to use it, and it stays
            }
        }
        trash.removeUnusedLinks();
    }

    private String holders(StorePath path) {
        Collection<StorePath> above = paths.referrersClosure(path);
        for (StorePath root : above) {
            Set<String> holders = roots.get(root);
            if (holders != null) {
                String by = "root '" + new TreeSet<>(holders).first() + "' holds it";
                return root.equals(path) ? by : by + " by way of '" + show(root) + "'";
            }
        }
        return "somebody uses it or its outputs";
    }

    private StoreException alive(StorePath path, String why) {
        return new StoreException(
                StoreException.Kind.REFUSED, "cannot delete path '" + show(path) + "' since it is still alive: " + why);
    }

    private String show(StorePath path) {
        return opened.config().storeDir().print(path);
    }

    /** All roots with who holds them, valid paths only. */
    static Map<StorePath, Set<String>> roots(Opened opened) {
        Collector collector = new Collector(opened, GcOptions.live());
        try {
            collector.findRoots(false);
        } catch (IOException e) {
            throw Failure.of("finding roots of store '" + opened.config().uri() + "'", e);
        } catch (InterruptedException e) {
            throw Failure.interrupted("finding roots", e);
        }
        collector.roots.keySet().retainAll(collector.paths.valid(collector.roots.keySet()));
        return collector.roots;
    }
}
