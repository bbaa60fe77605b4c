package dev.berth.nix.nar;

import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * A sink that takes a NAR also as the bytes that it is: who has these need not take them apart for it. It gets either all of a
 * NAR in this way, or the events of {@link NarSink}, never both.
 */
public interface NarBytesSink extends NarSink {
    /** Whether {@link #bytes} may be called; not of one that passes on to a sink that knows events only. */
    default boolean takesBytes() {
        return true;
    }

    /** Takes the next bytes of a NAR that is complete and sound. */
    void bytes(byte[] buffer, int offset, int length) throws IOException;

    /** Whether {@link #file} may be called, by this thread. */
    default boolean takesFiles() {
        return false;
    }

    /**
     * Takes the next bytes, as {@link #bytes} does, from a file that holds them.
     *
     * @param file stays the caller's, but is closed if the thread is interrupted meanwhile
     */
    default void file(FileChannel file, long offset, long length) throws IOException {
        throw new IllegalStateException("the sink takes no files");
    }
}
