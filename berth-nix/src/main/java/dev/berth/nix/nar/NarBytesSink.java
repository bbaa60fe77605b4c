package dev.berth.nix.nar;

import java.io.IOException;

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
}
