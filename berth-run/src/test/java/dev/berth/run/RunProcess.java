package dev.berth.run;

import dev.berth.testing.Project;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** {@code berth run} in a JVM of its own, which a test may kill. */
final class RunProcess implements AutoCloseable {
    /** Keeps only what the run itself used. */
    static final Retention NOTHING = new Retention(Duration.ZERO, Duration.ZERO);

    private static final long LIMIT_SECONDS = 120;

    private final Process process;
    private final Path out;
    private final Path err;

    private RunProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** What runs in that JVM. */
    public static void main(String[] arguments) {
        Optional<Path> rootfs = arguments.length > 3 ? Optional.of(Path.of(arguments[3])) : Optional.empty();
        int code;
        try {
            code = LocalRun.run(
                    new RunOptions(
                            Path.of(arguments[1]),
                            Path.of(arguments[0]),
                            rootfs,
                            arguments[2].equals("keep"),
                            Project.root().resolve("nix")),
                    arguments[2].equals("collect") ? NOTHING : Retention.DEFAULT,
                    System.out,
                    System.err);
        } catch (RunException e) {
            System.err.println("berth: " + e.getMessage());
            code = e.exitCode();
        }
        System.exit(code);
    }

    /** @param more {@code keep}, {@code collect} to retain {@link #NOTHING}, or another word, and the directory for images */
    static RunProcess start(Path root, Path file, String... more) throws IOException {
        Path out = Files.createTempFile("berth-run", ".out");
        Path err = Files.createTempFile("berth-run", ".err");
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dberth.project=" + Project.root(),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                RunProcess.class.getName(),
                root.toString(),
                file.toString()));
        line.addAll(more.length == 0 ? List.of("") : List.of(more));
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        // The examples need no network, and must not wait for it.
        builder.environment().put("NIX_CONFIG", "substituters =");
        builder.environment().remove("NIX_REMOTE");
        return new RunProcess(builder.start(), out, err);
    }

    /** Waits for its end, and gives its exit code. */
    int end() throws InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("berth run does not end: " + said());
        }
        return process.exitValue();
    }

    Process process() {
        return process;
    }

    String printed() {
        return read(out);
    }

    String said() {
        return read(err);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
    }
}
