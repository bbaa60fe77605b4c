package dev.berth.nix.nar;

import java.io.IOException;

/** Tells one tree. Whether it can be told twice is said where the source is made. */
@FunctionalInterface
public interface NarSource {
    /**
     * Tells the tree to the sink.
     *
     * @throws NarException if the tree's source is malformed; the sink has then seen a part
     * @throws IOException if reading it fails, or the sink does
     */
    void sendTo(NarSink sink) throws IOException;
}
