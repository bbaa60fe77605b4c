package dev.berth.run;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What to run and where.
 *
 * @param file a {@code .nix}, {@code .json} or {@code .yaml} file
 * @param root the directory below which everything lies that a run makes
 * @param rootfs the files of the containers' images, used read-only
 * @param keep whether the pods' directories and volumes stay after the run
 * @param modules the directory of Berth's Nix modules
 */
public record RunOptions(Path file, Path root, Optional<Path> rootfs, boolean keep, Path modules) {
    /** Makes the paths absolute. */
    public RunOptions {
        root = root.toAbsolutePath().normalize();
        rootfs = rootfs.map(path -> path.toAbsolutePath().normalize());
    }

    /** The root where none is given: {@code $BERTH_RUN_ROOT}, else {@code /var/lib/berth/run}. */
    public static Path defaultRoot(Map<String, String> environment) {
        String given = environment.getOrDefault("BERTH_RUN_ROOT", "");
        return Path.of(given.isEmpty() ? "/var/lib/berth/run" : given);
    }
}
