package dev.berth.gateway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A request's head as the codec read it, to be judged before anything is done for it. */
record RequestHead(io.netty.handler.codec.http.HttpRequest head) {
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

    /** Why this request is not answered by any route. */
    Optional<HttpReply.Whole> refusal(HttpConfig.Limits limits) {
        if (!head.decoderResult().isSuccess()) {
            return Optional.of(malformed(head.decoderResult().cause(), limits));
        }
        HttpVersion version = head.protocolVersion();
        List<String> hosts = head.headers().getAll(HttpHeaderNames.HOST);
        if (!version.protocolName().equals("HTTP") || version.majorVersion() != 1) {
            return Optional.of(Replies.line(505, "this server speaks HTTP/1.1 and HTTP/2"));
        }
        if (hosts.size() > 1 || (hosts.isEmpty() && version.minorVersion() > 0)) {
            return Optional.of(Replies.line(400, "a request has one Host field"));
        }
        if (!isFramed()) {
            return Optional.of(Replies.line(400, "where the body of the request ends cannot be told"));
        }
        if (head.uri().length() > limits.target()) {
            return Optional.of(tooLong(limits));
        }
        if (!target().startsWith("/")) {
            return Optional.of(Replies.line(400, "the target of a request begins with a slash"));
        }
        if (head.headers().contains(HttpHeaderNames.EXPECT) && !expectsContinue()) {
            return Optional.of(Replies.line(417, "nothing but 100-continue can be expected"));
        }
        return Optional.empty();
    }

    private static HttpReply.Whole malformed(Throwable cause, HttpConfig.Limits limits) {
        if (cause instanceof TooLongHttpLineException) {
            return tooLong(limits);
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return Replies.line(431, "the header fields of a request have " + limits.head() + " bytes at most");
        }
        return Replies.line(400, "this is no HTTP request");
    }

    private static HttpReply.Whole tooLong(HttpConfig.Limits limits) {
        return Replies.line(414, "the target of a request has " + limits.target() + " bytes at most");
    }

    /** Whether one thing says where the body ends, and says it in a way that everybody reads alike (RFC 9112, 6.3). */
    private boolean isFramed() {
        List<String> lengths = head.headers().getAll(HttpHeaderNames.CONTENT_LENGTH);
        List<String> encodings = head.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (!encodings.isEmpty()) {
            return lengths.isEmpty()
                    && encodings.size() == 1
                    && encodings.getFirst().equalsIgnoreCase("chunked")
                    && head.protocolVersion().minorVersion() > 0;
        }
        return lengths.isEmpty()
                || (lengths.size() == 1 && LENGTH.matcher(lengths.getFirst()).matches());
    }

    boolean expectsContinue() {
        return HttpUtil.is100ContinueExpected(head);
    }

    /** Whether the client sends a body. */
    boolean announcesBody() {
        return HttpUtil.isTransferEncodingChunked(head) || contentLength() > 0;
    }

    /** Of the body in bytes; -1 if it is not announced. */
    long length() {
        return HttpUtil.isTransferEncodingChunked(head) ? -1 : contentLength();
    }

    /** As announced; 0 for what is no length. */
    private long contentLength() {
        String text = head.headers().get(HttpHeaderNames.CONTENT_LENGTH);
        return text != null && LENGTH.matcher(text).matches() ? Long.parseLong(text) : 0;
    }

    boolean isHead() {
        return head.method().name().equals("HEAD");
    }

    boolean isOld() {
        return head.protocolVersion().minorVersion() == 0;
    }

    /** The target without the scheme and authority that a client of a proxy puts in front. */
    private String target() {
        String uri = head.uri();
        if (uri.regionMatches(true, 0, "http://", 0, 7) || uri.regionMatches(true, 0, "https://", 0, 8)) {
            int slash = uri.indexOf('/', uri.indexOf("//") + 2);
            return slash < 0 ? "/" : uri.substring(slash);
        }
        return uri;
    }

    /** What routes see of it. */
    HttpRequest request(boolean secure, InputStream body) {
        String target = target();
        int mark = target.indexOf('?');
        return new HttpRequest(
                head.method().name(),
                mark < 0 ? target : target.substring(0, mark),
                mark < 0 ? "" : target.substring(mark + 1),
                new HeaderMap(head.headers()),
                secure,
                length(),
                body);
    }
}
