package dev.berth.gateway.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Short answers. */
final class TextReply {
    static final String PLAIN = "text/plain; charset=utf-8";

    private TextReply() {}

    /** A line of text. */
    static HttpReply.Whole text(int status, String line) {
        return whole(status, PLAIN, line + "\n");
    }

    static HttpReply.Whole whole(int status, String type, String body) {
        return new HttpReply.Whole(status, Map.of("content-type", type), body.getBytes(StandardCharsets.UTF_8));
    }

    static HttpReply.Whole notFound(String what) {
        return text(404, what);
    }

    /** @param allow the methods that there are */
    static HttpReply.Whole notAllowed(String allow, String why) {
        return new HttpReply.Whole(
                405, Map.of("content-type", PLAIN, "allow", allow), (why + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
