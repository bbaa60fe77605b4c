package dev.berth.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Conditions that a test needs from the machine. Each skip prints its reason, so that nobody takes it for a pass. */
public final class Requires {
    private Requires() {}

    /** Skips the running test, and says why, unless the condition holds. */
    public static void that(boolean condition, String reason) {
        if (!condition) {
            System.out.println("SKIPPED: " + reason);
        }
        Assumptions.assumeTrue(condition, reason);
    }

    /** Skips the running test unless it runs as root. */
    public static void root() {
        that("root".equals(System.getProperty("user.name")), "needs root");
    }

    /** Skips the running test unless a program is on the PATH. */
    public static void program(String name) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (Files.isExecutable(Path.of(directory, name))) {
                return;
            }
        }
        that(false, "needs the program " + name);
    }
}
