package dev.berth.gateway.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.common.channel.LocalWindow;
import org.apache.sshd.server.channel.ChannelDataReceiver;
import org.apache.sshd.server.channel.ChannelSession;

/**
 * What a client sends through a channel, as a stream: a ring of at most the channel's window, which the client may fill
 * before it is read. (MINA's own stream moves all that waits at each read.) One thread fills it, another reads.
 */
final class ChannelInput extends InputStream implements ChannelDataReceiver {
    private static final int FIRST_SIZE = 16 << 10;

    private final LocalWindow window;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private byte[] ring = new byte[FIRST_SIZE];
    private int start;
    private int count;
    private boolean ended;
    private boolean aborted;

    ChannelInput(LocalWindow window) {
        this.window = window;
    }

    /** Takes what the client sent. The window gets the bytes back when they are read. */
    @Override
    public int data(ChannelSession channel, byte[] bytes, int offset, int length) {
        lock.lock();
        try {
            if (ended || aborted) {
                return length; // nobody reads it any more
            }
            makeRoom(length);
            int end = (start + count) % ring.length;
            int first = Math.min(length, ring.length - end);
            System.arraycopy(bytes, offset, ring, end, first);
            System.arraycopy(bytes, offset + first, ring, 0, length - first);
            count += length;
            changed.signal();
            return 0;
        } finally {
            lock.unlock();
        }
    }

    private void makeRoom(int length) {
        if (count + length <= ring.length) {
            return;
        }
        int size = ring.length;
        while (size < count + length) {
            size *= 2;
        }
        byte[] larger = new byte[size];
        int first = Math.min(count, ring.length - start);
        System.arraycopy(ring, start, larger, 0, first);
        System.arraycopy(ring, 0, larger, first, count - first);
        ring = larger;
        start = 0;
    }

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
        int got;
        lock.lock();
        try {
            while (count == 0 && !ended && !aborted) {
                changed.awaitUninterruptibly();
            }
            if (aborted) {
                throw new IOException("the connection was closed");
            }
            if (count == 0) {
                return -1;
            }
            got = Math.min(length, count);
            int first = Math.min(got, ring.length - start);
            System.arraycopy(ring, start, bytes, offset, first);
            System.arraycopy(ring, 0, bytes, offset + first, got - first);
            start = (start + got) % ring.length;
            count -= got;
        } finally {
            lock.unlock();
        }
        if (window.isOpen()) {
            window.release(got);
        }
        return got;
    }

    @Override
    public int available() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** The client sends no more: what is here can still be read. */
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

    /** Ends reading at once. */
    void abort() {
        lock.lock();
        try {
            aborted = true;
            count = 0;
            ring = new byte[1];
            start = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
