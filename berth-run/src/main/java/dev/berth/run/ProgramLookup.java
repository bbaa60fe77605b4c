package dev.berth.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the program of a container in its root, as a runtime does, so that a missing one is told in plain words. */
final class ProgramLookup {
    private ProgramLookup() {}

    /**
     * The path of the program, as the container sees it.
     *
     * @throws RunException if there is no such file, or none that can be executed
     */
    static String find(Path root, Pod.Container container) throws IOException {
        String program = container.command().getFirst();
        if (program.contains("/")) {
            String path = program.startsWith("/") ? program : container.workingDirectory() + "/" + program;
            if (executable(root, path)) {
                return path;
            }
            throw missing(program, container, exists(root, path) ? "is not executable" : "does not exist");
        }
        for (String directory : container.environment().getOrDefault("PATH", "").split(":", -1)) {
            String path = (directory.isEmpty() ? container.workingDirectory() : directory) + "/" + program;
            if (executable(root, path)) {
                return path;
            }
        }
        throw missing(program, container, "is on no directory of its PATH");
    }

    private static RunException missing(String program, Pod.Container container, String why) {
        return RunException.failed("container '" + container.name() + "': the program '" + program + "' " + why
                + " in the container; an empty image has no files of its own: give a store path as command");
    }

    private static boolean exists(Path root, String path) throws IOException {
        return RootPath.resolve(root, path)
                .filter(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS))
                .isPresent();
    }

    private static boolean executable(Path root, String path) throws IOException {
        Optional<Path> file = RootPath.resolve(root, path);
        return file.isPresent()
                && Files.isRegularFile(file.get(), LinkOption.NOFOLLOW_LINKS)
                && Files.getPosixFilePermissions(file.get(), LinkOption.NOFOLLOW_LINKS).stream()
                        .anyMatch(permission -> permission.name().endsWith("_EXECUTE"));
    }
}
