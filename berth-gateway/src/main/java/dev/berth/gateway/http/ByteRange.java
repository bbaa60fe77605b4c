package dev.berth.gateway.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of a body (RFC 9110, section 14).
 *
 * @param from its first byte
 * @param to behind its last byte
 */
record ByteRange(long from, long to) {
    private static final Pattern SINGLE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /** What is meant by a header that no body can satisfy. */
    static final ByteRange NONE = new ByteRange(0, 0);

    long length() {
        return to - from;
    }

    boolean isNone() {
        return to == from;
    }

    /**
     * Reads a {@code Range} header.
     *
     * @param size of the body, more than 0
     * @return empty if the whole body is to be sent: other units, several ranges, or what does not parse
     */
    static Optional<ByteRange> parse(String header, long size) {
        Matcher matcher = SINGLE.matcher(header.replace(" ", ""));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String first = matcher.group(1);
        String last = matcher.group(2);
        if (first.isEmpty()) {
            if (last.isEmpty()) {
                return Optional.empty();
            }
            long suffix = Long.parseLong(last);
            return Optional.of(suffix == 0 ? NONE : new ByteRange(Math.max(0, size - suffix), size));
        }
        long from = Long.parseLong(first);
        long to = last.isEmpty() ? size : Math.min(size, Long.parseLong(last) + 1);
        if (!last.isEmpty() && Long.parseLong(last) < from) {
            return Optional.empty();
        }
        return Optional.of(from >= size ? NONE : new ByteRange(from, to));
    }
}
