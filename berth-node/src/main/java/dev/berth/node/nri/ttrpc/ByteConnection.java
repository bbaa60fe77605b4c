package dev.berth.node.nri.ttrpc;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Bytes to and from one peer, in order. One thread may read while others write; all calls block. */
public interface ByteConnection extends Closeable {
    /**
     * Reads what is there, waiting for at least one byte.
     *
     * @param length at least 1
     * @return how many bytes were read, at least 1; -1 after the last
     * @throws IOException if the connection broke; one line
     */
    int read(byte[] to, int offset, int length) throws IOException;

    /**
     * Writes all that remains in a buffer. Calls at the same time are not mixed.
     *
     * @throws IOException if the connection broke; one line
     */
    void write(ByteBuffer bytes) throws IOException;

    /** Ends both directions; calls that wait end with an exception or the end of the stream. */
    @Override
    void close();

    /**
     * Reads so many bytes, no fewer.
     *
     * @throws IOException if the connection breaks or ends before
     */
    default void readFully(byte[] to, int offset, int length) throws IOException {
        for (int done = 0; done < length; ) {
            int read = read(to, offset + done, length - done);
            if (read < 0) {
                throw new IOException("the connection ended within a message, after " + (offset + done) + " of "
                        + (offset + length) + " bytes");
            }
            done += read;
        }
    }
}
