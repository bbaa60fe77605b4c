package dev.berth.cli;

import dev.berth.run.RunOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Where Nix builds what manifests name, unless {@code NIX_REMOTE} or a daemon says it: where {@code berth run} does, for who may write
 * there, else in the user's cache.
 *
 * @param environment of the process
 * @param writable whether this process may write into a directory that is there
 */
record BuildRoot(Map<String, String> environment, Predicate<Path> writable) {
    static BuildRoot ofThisProcess() {
        return new BuildRoot(System.getenv(), Files::isWritable);
    }

    Path path() {
        Path shared = RunOptions.defaultRoot(environment).resolve("build");
        String home = environment.getOrDefault("HOME", "");
        if (mayMake(shared) || !environment.getOrDefault("BERTH_RUN_ROOT", "").isEmpty() || home.isEmpty()) {
            return shared;
        }
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        return (cache.isEmpty() ? Path.of(home, ".cache") : Path.of(cache)).resolve("berth/build");
    }

    private boolean mayMake(Path directory) {
        Path at = directory.toAbsolutePath();
        for (Path parent = at.getParent(); !Files.exists(at) && parent != null; parent = at.getParent()) {
            at = parent;
        }
        return writable.test(at);
    }
}
