package dev.berth.gateway.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Says 304 to a client that has what it asks for already ({@code If-None-Match}; RFC 9110, 13.1.2). */
final class Conditional {
    private static final List<String> OF_CONTENT = List.of("content-type", "content-range", "content-encoding");

    private Conditional() {}

    /** The answer to a request to read, or that it has not changed. */
    static HttpReply answer(HttpRequest request, HttpReply reply) {
        List<String> known = request.headers().getOrDefault("if-none-match", List.of());
        if (known.isEmpty()
                || reply.status() / 100 != 2
                || !names(known, reply.headers().getOrDefault("etag", ""))) {
            return reply;
        }
        if (reply instanceof HttpReply.Kept kept) {
            kept.nar().close();
        }
        Map<String, String> headers = new HashMap<>(reply.headers());
        OF_CONTENT.forEach(headers::remove);
        return new HttpReply.Whole(304, headers, new byte[0]);
    }

    private static boolean names(List<String> known, String tag) {
        if (tag.isEmpty()) {
            return false;
        }
        for (String line : known) {
            for (String item : line.split(",", -1)) {
                String one = item.strip();
                if (one.equals("*") || one.equals(tag) || one.equals("W/" + tag)) {
                    return true;
                }
            }
        }
        return false;
    }
}
