package dev.berth.wire;

import dev.berth.nix.nar.FileOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.util.concurrent.locks.LockSupport;

/**
 * A transport whose reads and writes end when the peer lets them wait too long, whatever the transport can do itself: a
 * thread of its own closes the transport, and the blocked call fails with a {@link DeadlineException}. The thread sleeps
 * until the earliest moment at which something can have passed, so that a call costs a look at the clock.
 *
 * <p>One reader and one writer at a time, which may be different threads; {@link #readWithin}, {@link #writeWithin} and
 * {@link #close} by any thread, also while the other direction waits.
 */
public final class GuardedTransport implements Transport {
    private static final long LONGEST_SLEEP = 3_600_000_000_000L;

    private final Transport transport;
    private final Direction reading = new Direction();
    private final Direction writing = new Direction();
    private final InputStream in;
    private final OutputStream out;
    private final Thread watcher;
    private volatile boolean closed;
    private volatile boolean expired;
    private volatile String passed = "";

    /** When the watcher looks again. INVARIANT: no deadline is earlier, or the watcher is woken. */
    private volatile long wakeAt;

    /**
     * @param transport closed with this
     * @param initial for both directions
     */
    public GuardedTransport(Transport transport, Wait initial) {
        this.transport = transport;
        this.in = new GuardedInput(transport.in());
        this.out = new GuardedOutput(transport.out());
        wakeAt = System.nanoTime();
        reading.set(initial);
        writing.set(initial);
        watcher = Thread.ofVirtual().name("berth-wire-deadline").start(this::watch);
    }

    /** From now on reads may take this; also the one under way. */
    public void readWithin(Wait wait) {
        reading.set(wait);
        wakeIfEarlier(reading);
    }

    /** From now on writes may take this; also the one under way. */
    public void writeWithin(Wait wait) {
        writing.set(wait);
        wakeIfEarlier(writing);
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
        return transport.peer();
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(watcher);
        transport.close();
    }

    private void wakeIfEarlier(Direction direction) {
        long now = System.nanoTime();
        if (direction.left(now) < wakeAt - now) {
            LockSupport.unpark(watcher);
        }
    }

    private void watch() {
        while (!closed) {
            long now = System.nanoTime();
            if (reading.left(now) <= 0 || writing.left(now) <= 0) {
                expire(reading.left(now) <= 0 ? reading.wait : writing.wait);
                return;
            }
            wakeAt = now + Math.min(LONGEST_SLEEP, Math.min(reading.left(now), writing.left(now)));
            // Again, for a call that began after the look and before wakeAt said so.
            if (Math.min(reading.left(now), writing.left(now)) >= wakeAt - now) {
                LockSupport.parkNanos(this, wakeAt - now);
            }
        }
    }

    private void expire(Wait wait) {
        passed = "waited longer than " + seconds(wait.nanos()) + " for " + wait.what() + " of " + transport.peer();
        expired = true;
        transport.close();
    }

    private static String seconds(long nanos) {
        long millis = nanos / 1_000_000;
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }

    /** What a failed or ended call is to its caller: the passed deadline if that is why. */
    private IOException failure(IOException e) {
        if (!expired) {
            return e;
        }
        DeadlineException late = new DeadlineException(passed);
        late.initCause(e);
        return late;
    }

    /** One direction: since when a call is under way, and what it may take. */
    private static final class Direction {
        private volatile boolean busy;
        private volatile long since;
        private volatile Wait wait = Wait.unlimited("");
        private volatile long setAt;

        void set(Wait next) {
            setAt = System.nanoTime();
            wait = next;
        }

        void begin() {
            since = System.nanoTime();
            busy = true;
        }

        void end() {
            busy = false;
        }

        /** How long the call under way may still take; for ever if there is none. */
        long left(long now) {
            if (!busy) {
                return Long.MAX_VALUE;
            }
            Wait current = wait;
            long from = current.total() || setAt - since > 0 ? setAt : since;
            return from + current.nanos() - now;
        }
    }

    private final class GuardedInput extends InputStream {
        private final InputStream source;

        GuardedInput(InputStream source) {
            this.source = source;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            reading.begin();
            try {
                wakeIfEarlier(reading);
                int count = source.read(bytes, offset, length);
                if (count < 0 && expired) {
                    throw new DeadlineException(passed);
                }
                return count;
            } catch (DeadlineException e) {
                throw e;
            } catch (IOException e) {
                throw failure(e);
            } finally {
                reading.end();
            }
        }

        @Override
        public int available() throws IOException {
            return source.available();
        }
    }

    private final class GuardedOutput extends OutputStream implements FileOutput {
        private final OutputStream sink;

        GuardedOutput(OutputStream sink) {
            this.sink = sink;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            guarded(() -> sink.write(bytes, offset, length));
        }

        @Override
        public void flush() throws IOException {
            guarded(sink::flush);
        }

        @Override
        public boolean sendsFiles() {
            return FileOutput.of(sink).sendsFiles();
        }

        @Override
        public void send(FileChannel file, long offset, long length) throws IOException {
            guarded(() -> FileOutput.of(sink).send(file, offset, length));
        }

        private void guarded(Action action) throws IOException {
            writing.begin();
            try {
                wakeIfEarlier(writing);
                action.run();
            } catch (IOException e) {
                throw failure(e);
            } finally {
                writing.end();
            }
        }
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }
}
