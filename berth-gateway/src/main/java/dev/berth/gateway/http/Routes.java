package dev.berth.gateway.http;

import java.io.IOException;
import java.util.Optional;

/** What a server answers. Any thread. */
interface Routes {
    /**
     * The answer to a request that can be given at once, from memory. Runs on the thread that serves other connections,
     * too: never blocks.
     *
     * @return empty if {@link #answer} is to be asked
     */
    Optional<HttpReply> quick(HttpRequest request);

    /**
     * The answer to a request; on a virtual thread of its own, so it may block.
     *
     * @throws IOException if the body of the request cannot be read
     */
    HttpReply answer(HttpRequest request) throws IOException;

    /** The server is about to end: what is asked from now on, is asked on connections that are open. */
    default void stop() {}
}
