package dev.berth.store.tree;

import dev.berth.linux.OpenFile;
import dev.berth.nix.nar.NarSink;
import java.io.IOException;

/**
 * A sink that would rather have a file of a tree than its bytes: to let the kernel send it, or because it needs only its
 * size. A {@link TreeSource} asks it; to whatever else tells trees it is a {@link NarSink} as any other.
 */
public interface OpenFileSink extends NarSink {
    /** Whether the file that has just been started is to be given by {@link #contents(OpenFile, long)}. */
    boolean takesFile(long size);

    /**
     * Takes all contents of the file last started.
     *
     * @param file at its start, open for the call only
     * @throws IOException if it has fewer bytes by now, as far as it was read
     */
    void contents(OpenFile file, long size) throws IOException;
}
