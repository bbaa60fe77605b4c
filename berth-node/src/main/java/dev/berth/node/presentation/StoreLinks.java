package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import dev.berth.linux.FileStat;
import dev.berth.linux.FileType;
import dev.berth.nix.StorePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Follows symbolic links as they would be followed where the closure is shown, though its files lie elsewhere: a link
 * leads somewhere only if every step of it stays in the store dir and in paths of the closure. Safe for use by many
 * threads.
 */
final class StoreLinks {
    /** As many as the kernel follows (path_resolution(7)). */
    private static final int MAX_LINKS = 40;

    private final List<byte[]> storeDir;
    private final Set<String> names = new HashSet<>();
    private final Directory store;

    /** @param store the directory that holds the closure's files, the caller's */
    StoreLinks(Closure closure, Directory store) {
        this.storeDir = components(closure.storeDir().path().getBytes(StandardCharsets.UTF_8));
        for (StorePath path : closure.paths()) {
            names.add(path.baseName());
        }
        this.store = store;
    }

    /** Where a link leads: the components of a path in the store, no link itself, and what it is. */
    record Found(List<byte[]> place, FileType type) {}

    /**
     * Follows a link to its end.
     *
     * @param directory where the link lies: components of a path in the store without links
     * @return empty if it leaves the closure, leads nowhere or in a circle
     */
    Optional<Found> follow(List<byte[]> directory, byte[] target) throws IOException {
        List<byte[]> at = new ArrayList<>();
        if (!isAbsolute(target)) {
            at.addAll(storeDir);
            at.addAll(directory);
        }
        Deque<byte[]> rest = new ArrayDeque<>(components(target));
        FileType type = FileType.DIRECTORY;
        int links = 0;
        while (!rest.isEmpty()) {
            byte[] next = rest.pop();
            if (type != FileType.DIRECTORY) {
                return Optional.empty();
            }
            if (isDots(next)) {
                if (next.length == 2 && !at.isEmpty()) {
                    at.removeLast();
                }
                continue;
            }
            at.add(next);
            if (at.size() <= storeDir.size()) {
                if (!Arrays.equals(next, storeDir.get(at.size() - 1))) {
                    return Optional.empty();
                }
                continue;
            }
            Optional<FileStat> stat = stat(below(at));
            if (stat.isEmpty()) {
                return Optional.empty();
            }
            type = stat.get().type();
            if (type == FileType.SYMLINK) {
                if (++links > MAX_LINKS) {
                    return Optional.empty();
                }
                byte[] onwards = readLink(below(at));
                at.removeLast();
                if (isAbsolute(onwards)) {
                    at.clear();
                }
                components(onwards).reversed().forEach(rest::push);
                type = FileType.DIRECTORY;
            }
        }
        return at.size() <= storeDir.size() ? Optional.empty() : Optional.of(new Found(below(at), type));
    }

    private List<byte[]> below(List<byte[]> at) {
        return List.copyOf(at.subList(storeDir.size(), at.size()));
    }

    private Optional<FileStat> stat(List<byte[]> place) throws IOException {
        if (place.size() == 1) {
            byte[] name = place.getFirst();
            return names.contains(new String(name, StandardCharsets.ISO_8859_1))
                    ? store.statIfExists(name)
                    : Optional.empty();
        }
        try (Directory parent = parent(place)) {
            return parent.statIfExists(place.getLast());
        }
    }

    private byte[] readLink(List<byte[]> place) throws IOException {
        try (Directory parent = parent(place)) {
            return parent.readLink(place.getLast());
        }
    }

    /** Opens a directory by its place. */
    Directory open(List<byte[]> place) throws IOException {
        ByteArrayOutputStream path = new ByteArrayOutputStream();
        path.write('.');
        for (byte[] name : place) {
            path.write('/');
            path.writeBytes(name);
        }
        return store.openBeneath(path.toByteArray());
    }

    /** Opens the directory that a place lies in. */
    Directory parent(List<byte[]> place) throws IOException {
        return open(place.subList(0, place.size() - 1));
    }

    private static boolean isAbsolute(byte[] target) {
        return target.length > 0 && target[0] == '/';
    }

    private static boolean isDots(byte[] name) {
        return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
    }

    private static List<byte[]> components(byte[] path) {
        List<byte[]> components = new ArrayList<>();
        for (int start = 0; start < path.length; ) {
            int end = start;
            while (end < path.length && path[end] != '/') {
                end++;
            }
            if (end > start) {
                components.add(Arrays.copyOfRange(path, start, end));
            }
            start = end + 1;
        }
        return components;
    }
}
