package dev.berth.wire;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** The bytes of a stream that were read and not yet used. It is small until a peer fills it at once. */
final class ReadBuffer {
    /** The greatest number of bytes that {@link #need} can have here together. */
    static final int SIZE = 64 * 1024;

    private static final int SMALL = 8 * 1024;

    /** So much at once is read to where it is wanted: a copy costs more than the reading ahead saves. */
    private static final int DIRECT = 16 * 1024;

    private final InputStream in;
    private final WireInput.BeforeRead beforeRead;
    private final InputStream stream = new Stream();

    /** INVARIANT: buffer[position..limit) is read and not yet used. */
    private byte[] buffer = new byte[SMALL];

    private int position;
    private int limit;

    ReadBuffer(InputStream in, WireInput.BeforeRead beforeRead) {
        this.in = in;
        this.beforeRead = beforeRead;
    }

    /** Whether the stream ends here. */
    boolean atEnd() throws IOException {
        return position == limit && !fill();
    }

    int buffered() {
        return limit - position;
    }

    InputStream stream() {
        return stream;
    }

    /** Holds the bytes from {@link #position} on; another array after each read. */
    byte[] array() {
        return buffer;
    }

    int position() {
        return position;
    }

    /** Uses bytes that are here, or takes them back if negative. */
    void use(int count) {
        position += count;
    }

    long word() throws IOException {
        need(8);
        long value = (long) WireInput.WORD.get(buffer, position);
        position += 8;
        return value;
    }

    /** Sees to it that so many bytes are here. @throws WireException if the stream ends before */
    void need(int count) throws IOException {
        while (limit - position < count) {
            if (!fill()) {
                throw truncated();
            }
        }
    }

    static WireException truncated() {
        return new WireException("the connection ended in the middle of a message");
    }

    /** Reads at least one byte, or says that there is none. */
    private boolean fill() throws IOException {
        if (position == limit) {
            position = 0;
            limit = 0;
        } else if (position > 0 && limit == buffer.length) {
            System.arraycopy(buffer, position, buffer, 0, limit - position);
            limit -= position;
            position = 0;
        }
        if (limit == buffer.length) {
            grow();
        }
        int room = buffer.length - limit;
        beforeRead.run();
        int count = in.read(buffer, limit, room);
        if (count <= 0) {
            return false;
        }
        limit += count;
        if (count == room) {
            grow();
        }
        return true;
    }

    private void grow() {
        if (buffer.length < SIZE) {
            buffer = Arrays.copyOf(buffer, SIZE);
        }
    }

    private final class Stream extends InputStream {
        @Override
        public int read() throws IOException {
            return atEnd() ? -1 : buffer[position++] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (position == limit) {
                if (length >= DIRECT) {
                    beforeRead.run();
                    return in.read(bytes, offset, length);
                }
                if (!fill()) {
                    return -1;
                }
            }
            int count = Math.min(length, limit - position);
            System.arraycopy(buffer, position, bytes, offset, count);
            position += count;
            return count;
        }

        @Override
        public long skip(long count) throws IOException {
            if (count <= 0 || atEnd()) {
                return 0;
            }
            int skipped = (int) Math.min(count, limit - position);
            position += skipped;
            return skipped;
        }

        @Override
        public int available() {
            return limit - position;
        }
    }
}
