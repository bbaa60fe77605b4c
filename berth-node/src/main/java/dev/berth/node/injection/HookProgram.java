package dev.berth.node.injection;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;

/**
 * The program that containers' hooks run, {@code src/main/c/berth-wait.c}: put on the node by the agent, as runtimes start hooks on the host, where nothing
 * can be relied on.
 */
public final class HookProgram {
    private static final String NAME = "berth-wait";
    private static final int TRIAL_SECONDS = 10;

    private HookProgram() {}

    /**
     * Puts it into a directory, whole or not at all; one that runs is not disturbed.
     *
     * @return where it is
     * @throws IOException if it can't be written, or was not built for this machine
     */
    public static Path install(Path directory) throws IOException {
        String resource = NAME + "-" + machine();
        Path place = directory.resolve(NAME);
        Path part = directory.resolve(NAME + ".part");
        try (InputStream program = HookProgram.class.getResourceAsStream(resource)) {
            if (program == null) {
                throw new IOException("this build has no " + resource
                        + ", which hooks of containers run: install a C compiler (gcc) and build it again");
            }
            Files.copy(program, part, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwx------"));
        return Files.move(part, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Has it say that it was told nothing, which shows that it can be executed where it is.
     *
     * @throws IOException if it can't
     */
    public static void tryOut(Path program) throws IOException {
        Process process =
                new ProcessBuilder(program.toString()).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(Duration.ofSeconds(TRIAL_SECONDS))) {
                throw new IOException("it did not end within " + TRIAL_SECONDS + " s");
            }
            String said = new String(process.getInputStream().readNBytes(1000), StandardCharsets.UTF_8);
            if (!said.contains("usage: " + NAME)) {
                throw new IOException("it ended with exit code " + process.exitValue() + " and said: " + said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String machine() {
        String machine = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return machine.equals("amd64") ? "x86_64" : machine;
    }
}
