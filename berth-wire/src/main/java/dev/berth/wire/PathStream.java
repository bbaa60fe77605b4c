package dev.berth.wire;

import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.NarSource;
import java.io.IOException;

/** Paths with their contents, one behind another; can be told once. */
public interface PathStream {
    /** How many paths there are. */
    long count();

    /**
     * Tells all paths, references before those that refer to them.
     *
     * @throws IOException if reading fails or the receiver does
     */
    void sendTo(Receiver receiver) throws IOException;

    /** Takes the paths. */
    @FunctionalInterface
    interface Receiver {
        /**
         * Takes one path. When it returns, the source has been told whole; what a receiver did not read is skipped.
         *
         * @param nar to be told before this returns, once at most
         */
        void path(PathInfo info, NarSource nar) throws IOException;
    }
}
