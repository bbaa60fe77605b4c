package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An answer over HTTP with a body.
 *
 * @param offset of the body's first byte in the file
 * @param total the size of the file, if the server says it
 * @param validator the strong entity tag or the date of the file, or empty
 * @param encoding the content encoding, {@code identity} for none
 */
record HttpAnswer(InputStream body, long offset, OptionalLong total, String validator, String encoding) {
    /**
     * A response with the status 200 or 206.
     *
     * @throws TransportException if it is a part of the file, but not which: its body is closed then
     */
    static HttpAnswer of(HttpResponse<InputStream> response, URI url) throws IOException {
        HttpHeaders headers = response.headers();
        OptionalLong length = headers.firstValue("content-length").isPresent()
                ? headers.firstValueAsLong("content-length")
                : OptionalLong.empty();
        String tag = headers.firstValue("etag")
                .filter(value -> !value.startsWith("W/"))
                .orElse("");
        String validator = tag.isEmpty() ? headers.firstValue("last-modified").orElse("") : tag;
        String encoding = headers.firstValue("content-encoding")
                .orElse(ContentEncoding.IDENTITY)
                .toLowerCase(Locale.ROOT);
        if (response.statusCode() == 200) {
            return new HttpAnswer(response.body(), 0, length, validator, encoding);
        }
        ContentRange range =
                ContentRange.parse(headers.firstValue("content-range").orElse(""));
        if (range.start() < 0) {
            response.body().close();
            throw new TransportException(
                    Kind.UNAVAILABLE, url + " answered with a part of the file that it does not describe", false);
        }
        return new HttpAnswer(response.body(), range.start(), range.total(), validator, encoding);
    }

    /** @param start -1 if the header is not understood */
    private record ContentRange(long start, OptionalLong total) {
        private static final Pattern HEADER = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)");

        static ContentRange parse(String header) {
            Matcher matcher = HEADER.matcher(header);
            if (!matcher.matches()) {
                return new ContentRange(-1, OptionalLong.empty());
            }
            String total = matcher.group(2);
            return new ContentRange(
                    Long.parseLong(matcher.group(1)),
                    total.equals("*") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(total)));
        }
    }

    /**
     * The bytes of the file, of which a stream tells the encoded ones.
     *
     * @param whole this body, or what tells more than it
     */
    InputStream decoded(InputStream whole, URI url) throws IOException {
        return ContentEncoding.undo(whole, encoding, url.toString());
    }
}
