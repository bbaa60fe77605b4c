package dev.berth.node.presentation;

import dev.berth.linux.Directory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The writable layer of a volume.
 *
 * @param source what the mount table shows as the source of the mount
 * @param upper the directory that takes what is written
 * @param work an empty directory on the same file system
 */
public record Writable(String source, Path upper, Path work) {
    /** In the directory of a volume or container, in {@code upper} and {@code work}. */
    public static Writable in(Path own, String source) throws IOException {
        Path upper = Files.createDirectories(own.resolve("upper"));
        Path work = Files.createDirectories(own.resolve("work"));
        try (Directory directory = Directory.open(upper)) {
            // What pods see as the volume's own mode.
            directory.setPermissions(0755);
        }
        return new Writable(source, upper, work);
    }
}
