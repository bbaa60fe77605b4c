package dev.berth.run;

import dev.berth.nix.NarInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes paths out of the embedded cache, which nobody else may use meanwhile. A path goes before those that it refers to,
 * and its narinfo before its NAR: killed at any moment, every path that the cache still has is there with its closure.
 * NARs of no path, also those of a push or a collection that was killed, go last.
 */
final class CacheCollection {
    private final Path cache;
    private final Map<StorePath, NarInfo> infos = new HashMap<>();
    private long freed;

    CacheCollection(Path cache) {
        this.cache = cache;
    }

    /**
     * Takes out what is in no closure of these. Once.
     *
     * @return what is gone
     */
    Set<StorePath> keepOnly(Collection<StorePath> roots) throws IOException {
        for (Path file : list(cache, "*.narinfo")) {
            NarInfo info = NarInfo.parse(StoreDir.DEFAULT, Files.readString(file), file.toString());
            infos.put(info.info().path(), info);
        }
        Set<StorePath> dead = new HashSet<>(infos.keySet());
        dead.removeAll(closure(roots));
        for (StorePath path : referrersFirst(dead)) {
            Files.deleteIfExists(cache.resolve(path.hashPart() + ".narinfo"));
            infos.remove(path);
        }
        if (!dead.isEmpty()) {
            sync(cache);
        }
        removeUnusedNars();
        return dead;
    }

    /** Bytes of the NARs that are gone. */
    long freed() {
        return freed;
    }

    private Set<StorePath> closure(Collection<StorePath> roots) {
        Set<StorePath> closure = new HashSet<>(roots);
        Deque<StorePath> open = new ArrayDeque<>(roots);
        while (!open.isEmpty()) {
            NarInfo info = infos.get(open.pop());
            if (info != null) {
                info.info().references().stream().filter(closure::add).forEach(open::push);
            }
        }
        return closure;
    }

    private List<StorePath> referrersFirst(Set<StorePath> dead) {
        Map<StorePath, Integer> referrers = new HashMap<>();
        dead.forEach(path -> references(path).forEach(reference -> referrers.merge(reference, 1, Integer::sum)));
        List<StorePath> order = new ArrayList<>();
        Deque<StorePath> free = new ArrayDeque<>();
        dead.stream().filter(path -> !referrers.containsKey(path)).forEach(free::add);
        while (!free.isEmpty()) {
            StorePath path = free.remove();
            order.add(path);
            for (StorePath reference : references(path)) {
                if (referrers.merge(reference, -1, Integer::sum) == 0 && dead.contains(reference)) {
                    free.add(reference);
                }
            }
        }
        return order;
    }

    private List<StorePath> references(StorePath path) {
        NarInfo info = infos.get(path);
        return info == null
                ? List.of()
                : info.info().references().stream()
                        .filter(reference -> !reference.equals(path))
                        .toList();
    }

    private void removeUnusedNars() throws IOException {
        Path nars = cache.resolve("nar");
        if (!Files.isDirectory(nars)) {
            return;
        }
        Set<String> used = new HashSet<>();
        infos.values().forEach(info -> used.add(info.url()));
        for (Path nar : list(nars, "*")) {
            if (!used.contains("nar/" + nar.getFileName())) {
                freed += Files.size(nar);
                Files.delete(nar);
            }
        }
    }

    private static List<Path> list(Path directory, String glob) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
            stream.forEach(files::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return files;
    }

    /** So that no power cut brings a narinfo back whose NAR is gone. */
    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
