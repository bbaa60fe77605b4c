package dev.berth.wire.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bytes from one thread to another, 64 KiB ahead at most. When the reader closes, the writer writes on into nothing. What
 * both wait for is the other one, whose own waits have deadlines.
 */
final class BytePipe {
    private static final int SIZE = 64 * 1024;

    private final byte[] ring = new byte[SIZE];
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final InputStream in = new In();
    private final OutputStream out = new Out();
    private int start;
    private int count;
    private boolean ended;
    private boolean dropped;

    /** Closing it lets the writer go on without a reader. */
    InputStream in() {
        return in;
    }

    /** Closing it is the end of the stream. */
    OutputStream out() {
        return out;
    }

    @SuppressWarnings("WaitNotInLoop") // the loops are the callers'
    private void waitForChange() throws IOException {
        try {
            changed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted in a pipe").initCause(e);
        }
    }

    private final class In extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            lock.lock();
            try {
                while (count == 0) {
                    if (ended || dropped) {
                        return -1;
                    }
                    waitForChange();
                }
                int got = Math.min(Math.min(length, count), SIZE - start);
                System.arraycopy(ring, start, bytes, offset, got);
                start = (start + got) % SIZE;
                count -= got;
                changed.signalAll();
                return got;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                dropped = true;
                count = 0;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private final class Out extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            lock.lock();
            try {
                int written = 0;
                while (written < length && !dropped) {
                    if (ended) {
                        throw new IOException("the pipe is closed");
                    }
                    if (count == SIZE) {
                        waitForChange();
                        continue;
                    }
                    int end = (start + count) % SIZE;
                    int room = Math.min(SIZE - count, SIZE - end);
                    int now = Math.min(length - written, room);
                    System.arraycopy(bytes, offset + written, ring, end, now);
                    count += now;
                    written += now;
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                ended = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
