package dev.berth.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program to run to its end.
 *
 * @param arguments the program and its arguments
 * @param in what it reads
 * @param out where its standard output goes
 */
record Program(List<String> arguments, Path in, Path out) {
    private static final Path NOTHING = Path.of("/dev/null");
    private static final Duration LIMIT = Duration.ofMinutes(20);

    Program {
        arguments = List.copyOf(arguments);
    }

    static Program of(List<String> prefix, String... arguments) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(List.of(arguments));
        return new Program(all, NOTHING, NOTHING);
    }

    static Program of(String... arguments) {
        return of(List.of(), arguments);
    }

    Program from(Path file) {
        return new Program(arguments, file, out);
    }

    Program to(Path file) {
        return new Program(arguments, in, file);
    }

    /**
     * Runs it.
     *
     * @return the wall-clock time from before its start to after its end
     * @throws IOException if it does not exit with 0, with the last thing that it said
     */
    Duration run() throws IOException, InterruptedException {
        Path errors = Files.createTempFile("berth-bench", ".err");
        try {
            return run(errors);
        } finally {
            Files.deleteIfExists(errors);
        }
    }

    /** Runs it and gives what it said on standard error. */
    String complaints() throws IOException, InterruptedException {
        Path errors = Files.createTempFile("berth-bench", ".err");
        try {
            run(errors);
            return Files.readString(errors).strip();
        } finally {
            Files.deleteIfExists(errors);
        }
    }

    private Duration run(Path errors) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(arguments)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(errors.toFile());
        long start = System.nanoTime();
        Process process = builder.start();
        boolean ended;
        try {
            ended = process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } finally {
            process.destroyForcibly();
        }
        long nanos = System.nanoTime() - start;
        if (!ended || process.exitValue() != 0) {
            throw new IOException(
                    said() + (ended ? " exited with " + process.exitValue() : " did not end") + ": " + tail(errors));
        }
        return Duration.ofNanos(nanos);
    }

    /** Runs it and gives what it printed. */
    String output() throws InterruptedException {
        try {
            Path file = Files.createTempFile("berth-bench", ".out");
            try {
                to(file).run();
                return Files.readString(file).strip();
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String said() {
        String line = String.join(" ", arguments);
        return line.length() <= 300 ? line : line.substring(0, 300) + "…";
    }

    private static String tail(Path errors) throws IOException {
        List<String> lines = Files.readAllLines(errors);
        return String.join(" / ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    }
}
