package dev.berth.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether people sit at the other end. */
final class Terminal {
    private Terminal() {}

    /** Whether they can be asked. */
    static boolean onStandardInput() {
        return is(0);
    }

    /** Whether they see what is printed. */
    static boolean onStandardOutput() {
        return is(1);
    }

    /** Whether they see what is said beside that. */
    static boolean onStandardError() {
        return is(2);
    }

    private static boolean is(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false; // closed: nobody looks
        }
    }
}
