package dev.berth.wire.worker;

import dev.berth.wire.LogEvent;
import dev.berth.wire.LogSink;
import dev.berth.wire.Transport;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sends a client what its store says, while an operation works; what comes between operations waits for the next one
 * (libstore/daemon.cc, TunnelLogger). All writing to the client while others may log goes through here.
 */
final class TunnelLog implements LogSink {
    /** So that a store that talks between operations costs no memory; the oldest goes first. */
    private static final int MAX_WAITING = 256;

    private static final long LEVEL_INFO = 3;

    private final WireOutput out;
    private final Transport transport;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<LogEvent> waiting = new ArrayDeque<>();
    private volatile long verbosity = LEVEL_INFO;
    private Dialect dialect;
    private boolean working;

    TunnelLog(WireOutput out, Dialect first, Transport transport) {
        this.out = out;
        this.dialect = first;
        this.transport = transport;
    }

    /** What was agreed upon. */
    void speak(Dialect agreed) {
        lock.lock();
        try {
            dialect = agreed;
        } finally {
            lock.unlock();
        }
    }

    /** Messages above this level are dropped from now on. */
    void verbosity(long level) {
        verbosity = level;
    }

    @Override
    public void log(LogEvent event) {
        if (event instanceof LogEvent.Message(long level, byte[] _) && level > verbosity) {
            return;
        }
        lock.lock();
        try {
            if (working) {
                LogCodec.write(out, event);
                out.flush();
            } else {
                if (waiting.size() == MAX_WAITING) {
                    waiting.removeFirst();
                }
                waiting.addLast(event);
            }
        } catch (IOException e) {
            // The client is gone. Whoever works for it notices at the next read or write, and not in its log.
            working = false;
            transport.close();
        } finally {
            lock.unlock();
        }
    }

    /** From here on the client hears what happens. */
    void startWork() throws IOException {
        lock.lock();
        try {
            working = true;
            if (!waiting.isEmpty()) {
                for (LogEvent event = waiting.poll(); event != null; event = waiting.poll()) {
                    LogCodec.write(out, event);
                }
                out.flush();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The work is done, and the answer follows. */
    void stopWork() throws IOException {
        lock.lock();
        try {
            working = false;
            out.u64(Stderr.LAST);
        } finally {
            lock.unlock();
        }
    }

    /** The work has failed, or never began; there is no answer. */
    void fail(Throwable error) throws IOException {
        lock.lock();
        try {
            working = false;
            out.u64(Stderr.ERROR);
            ErrorCodec.write(out, dialect, error);
            out.flush();
        } finally {
            lock.unlock();
        }
    }

    /** Asks the client for bytes of what it uploads: before 1.23. */
    void askFor(long length) throws IOException {
        lock.lock();
        try {
            out.u64(Stderr.READ);
            out.u64(length);
            out.flush();
        } finally {
            lock.unlock();
        }
    }

    /** Hands over what was written, before the client is waited for. */
    void flush() throws IOException {
        lock.lock();
        try {
            out.flush();
        } finally {
            lock.unlock();
        }
    }

    boolean isWorking() {
        lock.lock();
        try {
            return working;
        } finally {
            lock.unlock();
        }
    }
}
