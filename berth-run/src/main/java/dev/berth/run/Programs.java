package dev.berth.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The programs of this machine that a run needs, by their full paths: containers bring a PATH of their own.
 *
 * @param setsid leaves the terminal's process group, so that Ctrl-C reaches Berth alone
 * @param setpriv ties a process to the thread that started it
 * @param unshare makes the process namespace
 */
record Programs(Path setsid, Path setpriv, Path unshare) {
    private static final String STANDARD = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /** @throws RunException if one is missing, saying which package has it */
    static Programs find() {
        return new Programs(required("setsid"), required("setpriv"), required("unshare"));
    }

    private static Path required(String name) {
        return find(name)
                .orElseThrow(
                        () -> RunException.usage("the program '" + name + "' is missing: apt-get install util-linux"));
    }

    /** Looks for a program on the PATH, then where systems have them. */
    static Optional<Path> find(String name) {
        List<String> directories =
                new ArrayList<>(List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)));
        directories.addAll(List.of(STANDARD.split(":", -1)));
        return directories.stream()
                .filter(directory -> directory.startsWith("/"))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
