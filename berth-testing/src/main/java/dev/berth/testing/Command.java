package dev.berth.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that a test runs to its end, at most for two minutes.
 *
 * @param arguments the program and its arguments
 * @param environment what is set beside the environment of the test
 */
public record Command(List<String> arguments, Map<String, String> environment) {
    private static final long LIMIT_SECONDS = 120;

    /** What came of it. */
    public static final class Result {
        private final int exitCode;
        private final byte[] stdout;
        private final String stderr;

        Result(int exitCode, byte[] stdout, String stderr) {
            this.exitCode = exitCode;
            this.stdout = stdout;
            this.stderr = stderr;
        }

        /** Its exit code; 128 and the number of the signal that ended it. */
        public int exitCode() {
            return exitCode;
        }

        /** What it printed, as UTF-8. */
        public String stdout() {
            return new String(stdout, StandardCharsets.UTF_8);
        }

        /** What it printed. */
        public byte[] stdoutBytes() {
            return stdout.clone();
        }

        /** What it said on standard error. */
        public String stderr() {
            return stderr;
        }
    }

    /** A program with the environment of the test. */
    public static Command of(String... arguments) {
        return new Command(List.of(arguments), Map.of());
    }

    /** Runs it without input; any exit code is returned. */
    public Result run() {
        try {
            Path out = Files.createTempFile("berth-test", ".out");
            Path err = Files.createTempFile("berth-test", ".err");
            try {
                ProcessBuilder builder = new ProcessBuilder(arguments)
                        .redirectInput(ProcessBuilder.Redirect.from(
                                Path.of("/dev/null").toFile()))
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
                builder.environment().putAll(environment);
                Process process = builder.start();
                try {
                    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                        throw new AssertionError(arguments + " did not end within " + LIMIT_SECONDS + " s");
                    }
                } finally {
                    process.destroyForcibly();
                }
                return new Result(process.exitValue(), Files.readAllBytes(out), Files.readString(err));
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + arguments, e);
        }
    }

    /** Runs it and fails the test, with what it said, unless it exits with 0. */
    public Result succeed() {
        Result result = run();
        if (result.exitCode() != 0) {
            throw new AssertionError(arguments + " exited with " + result.exitCode() + ": " + result.stderr());
        }
        return result;
    }
}
