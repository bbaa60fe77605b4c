package dev.berth.gateway.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The server's own answers, and the header fields that it adds to all. Any thread. */
final class Replies {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private record Stamp(long second, String text) {}

    private volatile Stamp stamp = new Stamp(0, "");

    /** An answer of one line, in plain text. */
    static HttpReply.Whole line(int status, String text) {
        return new HttpReply.Whole(
                status,
                Map.of("content-type", "text/plain; charset=utf-8"),
                (text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** As above; the client is to come again. */
    static HttpReply.Whole later(String text, int seconds) {
        HttpReply.Whole line = line(503, text);
        Map<String, String> headers = new HashMap<>(line.headers());
        headers.put("retry-after", Integer.toString(seconds));
        return new HttpReply.Whole(line.status(), headers, line.body());
    }

    /** Whether an answer of this status has no body, whatever was asked (RFC 9110, 6.4.1). */
    static boolean isBodiless(int status) {
        return status < 200 || status == 204 || status == 304;
    }

    /**
     * The header fields of an answer.
     *
     * @throws IllegalArgumentException for a field that cannot be in a head
     */
    HttpHeaders headers(HttpReply reply) {
        HttpHeaders headers = new DefaultHttpHeaders();
        for (Map.Entry<String, String> header : reply.headers().entrySet()) {
            headers.add(header.getKey(), header.getValue());
        }
        long length = switch (reply) {
            case HttpReply.Whole whole -> whole.body().length;
            case HttpReply.Streamed streamed -> streamed.length().orElse(-1);
            case HttpReply.Kept kept -> kept.nar().length();
        };
        if (length >= 0 && !isBodiless(reply.status())) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
        }
        headers.set(HttpHeaderNames.DATE, date());
        return headers;
    }

    /**
     * Says in a head of HTTP/1 how the body ends.
     *
     * @return whether it ends with the connection, since nothing else can be said to this client
     */
    static boolean addFraming(HttpHeaders headers, int status, RequestHead request) {
        boolean open = !headers.contains(HttpHeaderNames.CONTENT_LENGTH) && !isBodiless(status) && !request.isHead();
        if (open && !request.isOld()) {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        return open && request.isOld();
    }

    /** Says in a head of HTTP/1 what becomes of the connection. */
    static void addConnection(HttpHeaders headers, boolean keepAlive, RequestHead request) {
        if (!keepAlive) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (request.isOld()) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    private String date() {
        long second = System.currentTimeMillis() / 1000;
        Stamp last = stamp;
        if (last.second() != second) {
            last = new Stamp(second, DATE.format(Instant.ofEpochSecond(second)));
            stamp = last;
        }
        return last.text();
    }
}
