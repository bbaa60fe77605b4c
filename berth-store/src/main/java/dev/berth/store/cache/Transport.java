package dev.berth.store.cache;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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

    /** Whether a file is there. */
    boolean exists(String name) throws IOException;

    /** The names of the files at the top of the cache; empty if it cannot list them. The caller closes the stream. */
    Optional<Stream<String>> list() throws IOException;

    /** Puts a small file there in one step, in place of one of that name. */
    void write(String name, byte[] content) throws IOException;

    /** Starts a file whose name is known when it is complete. */
    Draft draft() throws IOException;

    /** Runs a change of a file that depends on what it holds, while no other writer does. */
    void exclusively(Change change) throws IOException;

    @Override
    void close();

    /** What {@link #exclusively} runs. */
    interface Change {
        void run() throws IOException;
    }

    /** A file that is being written. Closed without being published, it leaves nothing behind. */
    interface Draft extends AutoCloseable {
        OutputStream out();

        /** Makes the file visible under a name, in place of one that is there. */
        void publish(String name) throws IOException;

        @Override
        void close() throws IOException;
    }
}
