package dev.berth.node;

import dev.berth.nix.StorePath;
import dev.berth.store.local.LocalStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;

/**
 * The roots that keep packages from garbage collection: for each volume, container and tree a directory of links, which Nix finds
 * as it looks through {@code gcroots} (libstore/gc.cc, {@code findRoots}).
 */
final class VolumeRoots {
    private final StateDir state;
    private final LocalStore store;

    VolumeRoots(StateDir state, LocalStore store) {
        this.state = state;
        this.store = store;
    }

    void add(String volume, Collection<StorePath> packages) throws IOException {
        Path directory = Files.createDirectories(state.gcRoots().resolve(volume));
        for (StorePath path : packages) {
            Path link = directory.resolve(path.baseName());
            Files.deleteIfExists(link);
            // Nix reads roots as paths of the store dir, wherever the store's files lie.
            Files.createSymbolicLink(link, Path.of(store.storeDir().print(path)));
        }
    }

    void remove(String volume) throws IOException {
        Path directory = state.gcRoots().resolve(volume);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(directory);
            return;
        }
        try (var links = Files.newDirectoryStream(directory)) {
            for (Path link : links) {
                Files.deleteIfExists(link);
            }
        }
        Files.deleteIfExists(directory);
    }
}
