package dev.berth.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes what containers print as {@code kubectl logs --prefix} does, {@code [pod/hello/main] line}, whole lines at a
 * time, and what Berth itself says as {@code berth: …} on standard error. Bytes are passed on as they are. Any thread.
 */
final class Console {
    /** A longer line is broken here, so that a container without line breaks cannot fill the memory. */
    static final int MAX_LINE = 64 << 10;

    private final PrintStream out;
    private final PrintStream err;
    private final ReentrantLock lock = new ReentrantLock();

    Console(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /** A message of Berth's, one line. */
    void say(String message) {
        lock.lock();
        try {
            err.println("berth: " + message.strip().replaceAll("\\s*\\R\\s*", " "));
        } finally {
            lock.unlock();
        }
    }

    /** Passes on lines until the stream ends; a last line without a line break gets one. */
    void stream(InputStream in, String prefix) {
        byte[] start = prefix.getBytes(StandardCharsets.UTF_8);
        byte[] buffer = new byte[MAX_LINE];
        int length = 0;
        try (in) {
            for (int n; (n = in.read(buffer, length, buffer.length - length)) >= 0; ) {
                length += n;
                length = lines(start, buffer, length);
                if (length == buffer.length) {
                    line(start, buffer, 0, length);
                    length = 0;
                }
            }
        } catch (IOException e) {
            // The pipe broke with its process, whose end is told elsewhere; what came before is passed on below.
            if (length == 0) {
                return;
            }
        }
        if (length > 0) {
            line(start, buffer, 0, length);
        }
    }

    /** Writes the whole lines at the front of the buffer and moves the rest there; gives the rest's length. */
    private int lines(byte[] prefix, byte[] buffer, int length) {
        int from = 0;
        for (int i = 0; i < length; i++) {
            if (buffer[i] == '\n') {
                line(prefix, buffer, from, i);
                from = i + 1;
            }
        }
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, length - from);
        }
        return length - from;
    }

    private void line(byte[] prefix, byte[] buffer, int from, int to) {
        byte[] line = new byte[prefix.length + to - from + 1];
        System.arraycopy(prefix, 0, line, 0, prefix.length);
        System.arraycopy(buffer, from, line, prefix.length, to - from);
        line[line.length - 1] = '\n';
        lock.lock();
        try {
            out.write(line, 0, line.length);
            out.flush();
        } finally {
            lock.unlock();
        }
    }
}
