package dev.berth.store.cache;

import dev.berth.nix.NarInfo;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** How the files of a binary cache are got and put. Safe for use by many threads. */
interface Transport extends AutoCloseable {
    /**
     * A small file, whole.
     *
     * @param name relative to the cache
     * @param limit of its size in bytes, above which it is refused as corrupt
     * @return empty if the cache has no such file
     * @throws TransportException if the cache cannot say
     */
    Optional<byte[]> read(String name, int limit) throws IOException;

    /**
     * A file as a stream, whose reads throw {@link TransportException} if the bytes cannot be got.
     *
     * @param url relative to the cache, or absolute; opaque
     * @return empty if there is no such file
     */
    Optional<InputStream> open(String url) throws IOException;

    /** The file of a NAR, which may go on where an earlier try was cut. Otherwise as {@link #open}. */
    default Download download(NarInfo info) throws IOException {
        return Download.of(open(info.url()));
    }

    /** Whether a file is there. */
    boolean exists(String name) throws IOException;

    /**
     * The files of one directory, without those below it, in no order; empty if the cache cannot list them. What fails
     * later comes out of the stream as an {@link java.io.UncheckedIOException}. The caller closes the stream.
     *
     * @param directory relative to the cache, such as {@code nar}; empty for its top
     */
    Optional<Stream<Listed>> list(String directory) throws IOException;

    /** Puts a small file there in one step, in place of one of that name. */
    void write(String name, byte[] content) throws IOException;

    /** Starts a file whose name is known when it is complete. */
    Draft draft() throws IOException;

    /**
     * Changes a small file by what it holds: no other change made this way gets lost, by whichever process.
     *
     * @param edit may be run again when another was quicker
     */
    void update(String name, int limit, Edit edit) throws IOException;

    /** Deletes a file; one that is not there is as good as deleted. Whoever reads it at the moment may fail. */
    void delete(String name) throws IOException;

    @Override
    void close();

    /** A file that was read turned out wrong: what is kept of it here is forgotten. */
    default void doubt(String url) throws IOException {}

    /** What {@link #update} makes of a file. */
    interface Edit {
        /**
         * @param old what the file holds, if it is there
         * @return what it is to hold
         */
        byte[] apply(Optional<byte[]> old) throws IOException;
    }

    /**
     * A file of a listing.
     *
     * @param name relative to the cache
     * @param size in bytes
     * @param modified when it was last written
     */
    record Listed(String name, long size, Instant modified) {}

    /** A file that is being written. Closed without being published, it leaves nothing behind. */
    interface Draft extends AutoCloseable {
        OutputStream out();

        /** Makes the file visible under a name, in place of one that is there. */
        void publish(String name) throws IOException;

        @Override
        void close() throws IOException;
    }
}
