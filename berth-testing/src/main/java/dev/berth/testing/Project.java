package dev.berth.testing;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the project's files are while its tests run. */
public final class Project {
    private Project() {}

    /** The root of the checkout: the system property {@code berth.project}, which Surefire sets. */
    public static Path root() {
        String root = System.getProperty("berth.project");
        if (root == null) {
            throw new IllegalStateException("the system property berth.project is not set: run tests by scripts/maven");
        }
        return Path.of(root);
    }

    /** The golden data of Nix's own unit tests beside the checkout; skips the test where it is absent. */
    public static Path golden() {
        Path golden = root().resolveSibling("shared").resolve("golden");
        Requires.that(Files.isDirectory(golden), "no golden data beside the checkout (" + golden + ")");
        return golden;
    }
}
