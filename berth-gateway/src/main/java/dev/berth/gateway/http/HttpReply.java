package dev.berth.gateway.http;

import dev.berth.gateway.KeptNar;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;

/** An answer. To HEAD the server sends the head of what GET would get, and no body. */
sealed interface HttpReply {
    /** The status code. */
    int status();

    /** Headers beside {@code Content-Length}, which the server adds, and {@code Date}. */
    Map<String, String> headers();

    /**
     * One whose body is at hand.
     *
     * @param body not copied, never changed
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Whole(int status, Map<String, String> headers, byte[] body) implements HttpReply {}

    /**
     * One whose body is made while it is sent.
     *
     * @param length of the body in bytes, if it is known; else it is sent in chunks
     * @param body writes exactly that many bytes; if it throws, or writes fewer, the connection is cut, so that no client
     *     takes a part for the whole
     */
    record Streamed(int status, Map<String, String> headers, OptionalLong length, Body body) implements HttpReply {}

    /**
     * One whose body is a NAR that is kept, for the kernel to send. Whoever gets it closes the NAR.
     */
    record Kept(int status, Map<String, String> headers, KeptNar nar) implements HttpReply {}

    /** Writes a body, on a virtual thread, once at most, and not at all for HEAD. */
    @FunctionalInterface
    interface Body {
        void writeTo(BodyOutput out) throws IOException;
    }
}
