package dev.berth.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the kernel lets this process do. */
public final class Privileges {
    private static final int CAP_SYS_ADMIN = 21;

    private Privileges() {}

    /**
     * Whether it may mount.
     *
     * @throws IOException if /proc can't be read
     */
    public static boolean mayMount() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("CapEff:"))
                    .map(line -> Long.parseUnsignedLong(
                            line.substring("CapEff:".length()).strip(), 16))
                    .anyMatch(set -> (set >>> CAP_SYS_ADMIN & 1) == 1);
        }
    }
}
