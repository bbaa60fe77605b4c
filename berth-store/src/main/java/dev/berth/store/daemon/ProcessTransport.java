package dev.berth.store.daemon;

import dev.berth.wire.Transport;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A connection to a child process by its standard streams, such as {@code ssh}. */
final class ProcessTransport implements Transport {
    private static final int LONGEST_LINE = 1024;
    private static final Duration LAST_WORDS = Duration.ofMillis(300);

    /** What a process that ends may take for it. */
    private static final Duration END = Duration.ofSeconds(2);

    private final String peer;
    private final Process process;
    private final Optional<Path> file;
    private final Thread reader;
    private final InputStream in;
    private final OutputStream out;
    private volatile String lastLine = "";

    /** Whether the process closed a stream: then it ends, and may have to say why. */
    private volatile boolean ending;

    private ProcessTransport(String peer, Process process, Optional<Path> file) {
        this.peer = peer;
        this.process = process;
        this.file = file;
        this.in = new FromProcess(process.getInputStream());
        this.out = new ToProcess(process.getOutputStream());
        // A platform thread: a read of a pipe would hold the carrier of a virtual one.
        this.reader = Thread.ofPlatform().daemon().name("berth-ssh-stderr").start(this::readErrors);
    }

    /**
     * @param file what the process reads, to be deleted with it
     * @throws IOException if the program can't be started
     */
    static ProcessTransport start(String peer, ProcessBuilder builder, Optional<Path> file) throws IOException {
        return new ProcessTransport(peer, builder.start(), file);
    }

    private void readErrors() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8), 512)) {
            StringBuilder line = new StringBuilder();
            for (int c = lines.read(); c >= 0; c = lines.read()) {
                if (c != '\n' && c != '\r') {
                    if (line.length() < LONGEST_LINE) {
                        line.append((char) c);
                    }
                } else {
                    keep(line);
                }
            }
            keep(line);
        } catch (IOException e) {
            // It was closed: what was read until then counts.
        }
    }

    private void keep(StringBuilder line) {
        String text = line.toString().strip();
        line.setLength(0);
        if (!text.isEmpty()) {
            lastLine = text;
        }
    }

    /** The last line that the process wrote to standard error; empty if there was none. To be asked when it failed. */
    String lastWords() {
        if (ending) {
            // On a busy machine it says why it ended later than that it does.
            awaitEnd();
        }
        try {
            // Bounded, because a process that ssh left in the background may hold the pipe open.
            reader.join(LAST_WORDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return lastLine;
    }

    private void awaitEnd() {
        try {
            process.waitFor(END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class FromProcess extends FilterInputStream {
        FromProcess(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = in.read(bytes, offset, length);
            ending |= count < 0;
            return count;
        }
    }

    private final class ToProcess extends FilterOutputStream {
        ToProcess(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            boolean done = false;
            try {
                out.write(bytes, offset, length);
                done = true;
            } finally {
                ending |= !done;
            }
        }

        @Override
        public void flush() throws IOException {
            boolean done = false;
            try {
                out.flush();
                done = true;
            } finally {
                ending |= !done;
            }
        }
    }

    @Override
    public InputStream in() {
        return in;
    }

    @Override
    public OutputStream out() {
        return out;
    }

    @Override
    public String peer() {
        return peer;
    }

    /** Closing a pipe would not wake who reads it: the process is killed, which does. */
    @Override
    public void close() {
        if (ending) {
            awaitEnd();
        }
        process.destroyForcibly();
        try {
            if (file.isPresent()) {
                Files.deleteIfExists(file.get());
            }
        } catch (IOException e) {
            // A small file without a secret stays in the directory for temporary files.
        }
    }
}
