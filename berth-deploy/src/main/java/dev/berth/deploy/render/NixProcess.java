package dev.berth.deploy.render;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One run of a Nix command, which ends with the thread that runs it: to be a platform thread. It is killed, with its
 * builders, when its time is up or that thread is interrupted.
 *
 * @param otherwise how an error starts, such as {@code cannot evaluate pod.nix}
 */
record NixProcess(List<String> command, String otherwise, Duration limit, Consumer<String> progress) {
    private static final String NO_NIX = ": Nix is not installed: apt-get install nix-bin";
    /** What setpriv exits with where there is no such program. */
    private static final int NOT_FOUND = 127;

    private static final int MAX_OUTPUT = 64 << 20;
    private static final int KEPT_LINES = 300;
    private static final int MAX_LINE = 4096;
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
    private static final Duration LEAVE = Duration.ofSeconds(5);

    /** What it printed. */
    String run() {
        Process process = start();
        try {
            Deque<String> said = new ArrayDeque<>();
            byte[][] output = new byte[1][];
            Thread reader = Thread.ofVirtual().start(() -> output[0] = read(process.getInputStream()));
            Thread listener = Thread.ofVirtual().start(() -> listen(process, said));
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new RenderException(otherwise + ": " + command.getFirst() + " did not end within "
                        + limit.toMinutes() + " minutes");
            }
            // A builder that outlives Nix may hold the pipes.
            reader.join(LEAVE);
            listener.join(LEAVE);
            List<String> lines;
            synchronized (said) {
                lines = new ArrayList<>(said);
            }
            if (process.exitValue() == NOT_FOUND) {
                throw new RenderException(otherwise + NO_NIX);
            }
            if (process.exitValue() != 0) {
                throw new RenderException(otherwise + ": " + NixMessages.condense(lines));
            }
            if (reader.isAlive() || output[0] == null || output[0].length > MAX_OUTPUT) {
                throw new RenderException(
                        otherwise + ": " + command.getFirst() + " printed more than " + (MAX_OUTPUT >> 20) + " MiB");
            }
            return new String(output[0], StandardCharsets.UTF_8);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RenderException(otherwise + ": interrupted", e);
        } finally {
            end(process);
        }
    }

    private Process start() {
        try {
            return new ProcessBuilder(tied())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
        } catch (IOException e) {
            throw new RenderException(
                    otherwise + ": cannot start " + command.getFirst()
                            + ": is Nix installed? (apt-get install nix-bin)",
                    e);
        }
    }

    /** With the thread that starts it ends Nix, even if Berth is killed; Nix then ends its builders. */
    private List<String> tied() {
        List<String> line = new ArrayList<>();
        if (Files.isExecutable(SETPRIV)) {
            line.addAll(List.of(SETPRIV.toString(), "--pdeathsig", "TERM"));
        }
        line.addAll(command);
        return line;
    }

    private static byte[] read(InputStream in) {
        try (in) {
            byte[] bytes = in.readNBytes(MAX_OUTPUT + 1);
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return bytes;
        } catch (IOException e) {
            return new byte[0]; // killed meanwhile: its exit code tells
        }
    }

    private void listen(Process process, Deque<String> said) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            for (int c = lines.read(); c >= 0; c = lines.read()) {
                if (c == '\n' || c == '\r') {
                    tell(line, said);
                    line.setLength(0);
                } else if (line.length() < MAX_LINE) {
                    line.append((char) c);
                }
            }
            tell(line, said);
        } catch (IOException e) {
            tell(new StringBuilder("(its messages broke off: " + e.getMessage() + ")"), said);
        }
    }

    private void tell(StringBuilder line, Deque<String> said) {
        String text = NixMessages.plain(line.toString());
        synchronized (said) {
            said.addLast(text);
            if (said.size() > KEPT_LINES) {
                said.removeFirst();
            }
        }
        // Errors are told once, condensed, by the exception.
        if (!NixMessages.isNoise(text) && !text.startsWith("error:") && !text.startsWith("  ")) {
            progress.accept(text);
        }
    }

    private static void end(Process process) {
        if (process.isAlive()) {
            List<ProcessHandle> below = process.descendants().toList();
            process.destroy();
            try {
                process.waitFor(LEAVE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            process.destroyForcibly();
            below.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
