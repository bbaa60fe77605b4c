package dev.berth.node.doctor;

import dev.berth.node.injection.HookProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the program that containers without volumes wait by is there, and can be executed where the agent puts it. */
final class HookCheck {
    static final String NAME = "hook program";

    private HookCheck() {}

    /**
     * @param root the agent's, for messages
     * @param scratch an empty directory on its file system; left empty
     */
    static Finding run(Path root, Path scratch) throws IOException {
        Path program;
        try {
            program = HookProgram.install(scratch);
        } catch (IOException e) {
            return Finding.no(
                    NAME, String.valueOf(e.getMessage()), "use a build that has it, or volumes instead of NRI");
        }
        try {
            HookProgram.tryOut(program);
            return Finding.ok(NAME, "this build has it, and it can be executed from " + root);
        } catch (IOException e) {
            return Finding.no(
                    NAME,
                    "it can't be executed from " + root + ": " + e.getMessage(),
                    "mount the file system of --root without noexec, on the host as in the agent's container, and use a"
                            + " build for this machine");
        } finally {
            Files.delete(program);
        }
    }
}
