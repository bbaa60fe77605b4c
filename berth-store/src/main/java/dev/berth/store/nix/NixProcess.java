package dev.berth.store.nix;

import dev.berth.store.nix.NixException.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One run of a Nix command, which ends with the thread that runs it: to be a platform thread. It is killed, with its
 * builders, when its time is up or that thread is interrupted.
 *
 * @param command Nix and its arguments
 * @param confinement what it is run by
 * @param environment all that it has of an environment; if empty, that of this process
 * @param input what it can read, once, from {@link #INPUT}; some KiB
 * @param limit how long it may take
 * @param maxOutput how many bytes it may print
 * @param progress told what Nix says, line by line, from another thread
 */
public record NixProcess(
        List<String> command,
        Confinement confinement,
        Optional<Map<String, String>> environment,
        String input,
        Duration limit,
        int maxOutput,
        Consumer<String> progress) {
    /** Not its standard input: that of programs which Nix itself starts is theirs, and they have its environment. */
    public static final String INPUT = "/proc/self/fd/3";

    /** What setpriv exits with where there is no such program. */
    private static final int NOT_FOUND = 127;

    private static final int KEPT_LINES = 300;
    private static final int MAX_LINE = 4096;
    private static final Duration LEAVE = Duration.ofSeconds(5);

    /** Copies what it is given. */
    public NixProcess {
        command = List.copyOf(command);
        environment = environment.map(Map::copyOf);
    }

    /**
     * What it printed.
     *
     * @throws NixException if it could not do what it was to
     */
    public String run() {
        Process process = start();
        Deque<String> said = new ArrayDeque<>();
        try {
            byte[][] output = new byte[1][];
            Thread reader = reading("berth-nix-out", () -> output[0] = read(process.getInputStream()));
            Thread listener = reading("berth-nix-err", () -> listen(process, said));
            Thread _ = reading("berth-nix-in", () -> write(process));
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw failed(Kind.TIMEOUT, program() + " did not end within " + words(limit), said);
            }
            // A builder that outlives Nix may hold the pipes.
            reader.join(LEAVE);
            listener.join(LEAVE);
            if (process.exitValue() == NOT_FOUND) {
                throw failed(Kind.ABSENT, cannotStart(), said);
            }
            if (process.exitValue() != 0) {
                String why = NixMessages.condense(lines(said));
                throw failed(
                        Kind.FAILED,
                        why.isEmpty() ? program() + " ended with exit code " + process.exitValue() : why,
                        said);
            }
            if (reader.isAlive() || output[0] == null || output[0].length > maxOutput) {
                throw failed(Kind.OUTPUT, program() + " printed more than " + maxOutput + " bytes", said);
            }
            return new String(output[0], StandardCharsets.UTF_8);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(Kind.INTERRUPTED, "interrupted", said);
        } finally {
            end(process);
        }
    }

    private static Thread reading(String name, Runnable work) {
        // A platform thread: a read of a pipe would hold the carrier of a virtual one.
        return Thread.ofPlatform().daemon().name(name).start(work);
    }

    private String program() {
        return String.valueOf(Path.of(command.getFirst()).getFileName());
    }

    private static String words(Duration limit) {
        return limit.toSeconds() % 60 == 0 ? limit.toMinutes() + " minutes" : limit.toSeconds() + " seconds";
    }

    private static List<String> lines(Deque<String> said) {
        synchronized (said) {
            return new ArrayList<>(said);
        }
    }

    private static NixException failed(Kind kind, String message, Deque<String> said) {
        return new NixException(kind, message, lines(said));
    }

    private Process start() {
        List<String> line = new ArrayList<>(confinement.prefix());
        if (!input.isEmpty()) {
            line.addAll(List.of(Confinement.required("sh"), "-c", "exec 3<&0 </dev/null; exec \"$@\"", "berth-nix"));
        }
        line.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(line);
        environment.ifPresent(all -> {
            builder.environment().clear();
            builder.environment().putAll(all);
        });
        try {
            return builder.start();
        } catch (IOException e) {
            throw new NixException(Kind.ABSENT, cannotStart(), List.of());
        }
    }

    private String cannotStart() {
        return "cannot start " + command.getFirst() + ": is Nix installed? (apt-get install nix-bin)";
    }

    private void write(Process process) {
        try (OutputStream out = process.getOutputStream()) {
            out.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It has ended without reading all: its exit code tells.
        }
    }

    private byte[] read(InputStream in) {
        try (in) {
            byte[] bytes = in.readNBytes(maxOutput + 1);
            in.transferTo(OutputStream.nullOutputStream());
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
        if (!NixMessages.isNoise(text) && !NixMessages.isOfAnError(text)) {
            progress.accept(text);
        }
    }

    /** Asks it to end, then makes it end; returns when it has, however often this thread is interrupted. */
    private void end(Process process) {
        if (!process.isAlive()) {
            return;
        }
        boolean interrupted = Thread.interrupted();
        List<ProcessHandle> below = process.descendants().toList();
        if (confinement.namespaced()) {
            // What was started is unshare, and Nix its only child.
            process.children().forEach(ProcessHandle::destroy);
            interrupted |= awaitEnd(process);
            process.children().forEach(ProcessHandle::destroyForcibly);
        } else {
            process.destroy();
        }
        // In a namespace, it ends when the kernel has ended all that is in there.
        interrupted |= awaitEnd(process);
        below.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean awaitEnd(Process process) {
        long end = System.nanoTime() + LEAVE.toNanos();
        boolean interrupted = false;
        while (true) {
            try {
                process.waitFor(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }
}
