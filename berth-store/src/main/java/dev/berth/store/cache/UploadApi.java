package dev.berth.store.cache;

import dev.berth.nix.NarInfo;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.util.Collection;
import java.util.Set;

/** How a service takes paths that has an API of its own for it, beside the binary cache that it serves. */
interface UploadApi extends AutoCloseable {
    /** Those of the paths that are not there, at most {@link ApiCache#BATCH} at once. */
    Set<StorePath> missing(Collection<StorePath> paths) throws IOException;

    /**
     * Sends a path whose NAR is complete and checked. It is there when this returns.
     *
     * @param info what is known of it, and of the file
     * @param file the compressed NAR
     */
    void send(NarInfo info, Spool file) throws IOException;

    /** The URL of the binary cache that the service serves, and what it wants to be told by those who read it. */
    String substituter() throws IOException;

    @Override
    void close();
}
