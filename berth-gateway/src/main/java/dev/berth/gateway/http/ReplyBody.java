package dev.berth.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCounted;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The body of a reply on its way from the thread that makes it to the event loop. The head goes with the first piece, so
 * that a body that fails before is none. A small body is one piece.
 */
final class ReplyBody extends BodyOutput {
    private static final int PIECE = 64 << 10;
    private static final int WINDOW = 2 * PIECE;
    // Below it a copy costs less than to wait for the kernel to have sent the part.
    private static final int FILE_LEAST = 256 << 10;
    // So small that a client at the least rate takes one within the time it may stall.
    private static final int FILE_PIECE = 512 << 10;
    private static final int FILE_WINDOW = 4 * FILE_PIECE;

    /** Where pieces go. Any thread; pieces belong to it. */
    interface Outlet {
        /**
         * Sends a piece.
         *
         * @param piece a buffer or a part of a file
         * @param last whether nothing follows
         * @param size told to {@link ReplyBody#sent} when the piece is gone
         */
        void send(ReferenceCounted piece, boolean last, int size);

        ByteBuf allocate(int capacity);

        /** Whether parts of files can be sent. */
        boolean takesFiles();
    }

    private final Outlet outlet;
    private final Patience patience;
    private final long length;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable ByteBuf buffer;
    private long total;
    private boolean begun;
    private boolean over;
    private long unsent;
    private long sent;
    private @Nullable IOException failure;

    /** @param length -1 if it is not known */
    ReplyBody(Outlet outlet, HttpConfig.Limits limits, long length) {
        this.outlet = outlet;
        this.patience = new Patience(limits);
        this.length = length;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, bytes.length);
        announce(count);
        int done = 0;
        while (done < count) {
            ByteBuf room = room();
            int piece = Math.min(count - done, room.writableBytes());
            room.writeBytes(bytes, offset + done, piece);
            done += piece;
        }
    }

    @Override
    void file(FileChannel file, long offset, long count) throws IOException {
        announce(count);
        if (outlet.takesFiles() && count >= FILE_LEAST) {
            sendFile(file, offset, count);
            return;
        }
        long done = 0;
        while (done < count) {
            ByteBuf room = room();
            int read = room.writeBytes(file, offset + done, (int) Math.min(count - done, room.writableBytes()));
            if (read <= 0) {
                throw new EOFException("a file ends " + (count - done) + " bytes before it should");
            }
            done += read;
        }
    }

    private void sendFile(FileChannel file, long offset, long count) throws IOException {
        ByteBuf before = buffer;
        if (before != null) {
            buffer = null;
            pass(before, false, before.readableBytes(), WINDOW);
        }
        for (long done = 0; done < count; ) {
            int piece = (int) Math.min(FILE_PIECE, count - done);
            pass(new BorrowedFile(file, offset + done, piece), false, piece, FILE_WINDOW);
            done += piece;
        }
        await(0); // from now on the file may be closed
    }

    /** Ends the body. */
    void end() throws IOException {
        if (length >= 0 && total != length) {
            throw new IOException("the body has " + total + " bytes of the " + length + " that were announced");
        }
        ByteBuf rest = buffer == null ? outlet.allocate(0) : buffer;
        buffer = null;
        over = true;
        pass(rest, true, rest.readableBytes(), WINDOW);
    }

    /** Whether a byte has gone out, so that the answer cannot be another any more. */
    boolean hasBegun() {
        return begun;
    }

    /** Whether the client's end of the connection is why nothing can be written. */
    boolean isClientGone() {
        lock.lock();
        try {
            return failure != null;
        } finally {
            lock.unlock();
        }
    }

    /** How many bytes were written. */
    long total() {
        return total;
    }

    /** Frees what was not passed on. */
    void abandon() {
        over = true;
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }

    /** A piece is gone. Event loop. */
    void sent(int size) {
        lock.lock();
        try {
            unsent -= size;
            sent += size;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing can be sent any more. Event loop. */
    void fail(IOException cause) {
        lock.lock();
        try {
            if (failure == null) {
                failure = cause;
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void announce(long count) throws IOException {
        if (over) {
            throw new IOException("the body is over");
        }
        if (length >= 0 && count > length - total) {
            throw new IOException("the body is longer than the " + length + " bytes that were announced");
        }
        total += count;
    }

    /** A buffer with room. A full one stays until more comes, since the last one goes with the end. */
    private ByteBuf room() throws IOException {
        ByteBuf room = buffer;
        if (room != null && !room.isWritable()) {
            buffer = null;
            pass(room, false, room.readableBytes(), WINDOW);
            room = null;
        }
        if (room == null) {
            room = outlet.allocate(length < 0 ? PIECE : Math.clamp(length, 1, PIECE));
            buffer = room;
        }
        return room;
    }

    private void pass(ReferenceCounted piece, boolean last, int size, long window) throws IOException {
        try {
            await(window - size);
        } catch (IOException e) {
            piece.release();
            throw e;
        }
        lock.lock();
        try {
            unsent += size;
        } finally {
            lock.unlock();
        }
        begun = true;
        outlet.send(piece, last, size);
    }

    /** Waits until no more than this is under way. */
    private void await(long atMost) throws IOException {
        lock.lock();
        try {
            while (true) {
                if (failure != null) {
                    throw new IOException(failure.getMessage(), failure);
                }
                if (unsent <= Math.max(atMost, 0)) {
                    return;
                }
                if (!patience.await(changed, sent) && unsent > Math.max(atMost, 0) && failure == null) {
                    failure = new IOException("the client takes the answer too slowly: it has " + sent + " bytes");
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
