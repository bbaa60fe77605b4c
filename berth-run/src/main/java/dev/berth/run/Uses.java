package dev.berth.run;

import dev.berth.nix.FormatException;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which store paths the files of earlier runs named, and when: an empty file for each, whose modification time is that of
 * the last use.
 */
final class Uses {
    private final Path directory;

    Uses(Layout layout) {
        this.directory = layout.used();
    }

    /** These are used now. */
    void record(Collection<StorePath> paths) throws IOException {
        Files.createDirectories(directory);
        FileTime now = FileTime.from(Instant.now());
        for (StorePath path : paths) {
            Path use = directory.resolve(path.baseName());
            try {
                Files.setLastModifiedTime(use, now);
            } catch (NoSuchFileException e) {
                Files.createFile(use);
            }
        }
    }

    /** What was used at this moment or later. */
    Set<StorePath> since(Instant moment) throws IOException {
        Set<StorePath> used = new TreeSet<>();
        try (DirectoryStream<Path> uses = Files.newDirectoryStream(directory)) {
            for (Path use : uses) {
                if (!Files.getLastModifiedTime(use).toInstant().isBefore(moment)) {
                    used.add(path(use));
                }
            }
        } catch (NoSuchFileException e) {
            return Set.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return used;
    }

    /** Forgets all but these. */
    void retain(Set<StorePath> paths) throws IOException {
        try (DirectoryStream<Path> uses = Files.newDirectoryStream(directory)) {
            for (Path use : uses) {
                if (!paths.contains(path(use))) {
                    Files.delete(use);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static StorePath path(Path use) throws IOException {
        try {
            return new StorePath(String.valueOf(use.getFileName()));
        } catch (FormatException e) {
            throw new IOException(use + " is not named as a store path is: remove it", e);
        }
    }
}
