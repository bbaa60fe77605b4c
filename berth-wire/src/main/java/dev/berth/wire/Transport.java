package dev.berth.wire;

import java.io.InputStream;
import java.io.OutputStream;

/** A connection to a peer: a unix socket, an SSH channel, the standard streams of a process. */
public interface Transport extends AutoCloseable {
    /** What the peer sends. Not buffered; one reader at a time. */
    InputStream in();

    /** What the peer gets. Not buffered; one writer at a time. */
    OutputStream out();

    /** Who the peer is, for messages. */
    String peer();

    /** Ends the connection at once, from any thread: reads and writes under way fail. Never throws; may be called again. */
    @Override
    void close();
}
