package dev.berth.gateway.http;

import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request.
 *
 * @param method as it was sent, such as {@code GET}; case counts
 * @param path what is before {@code ?} of the target, as it was sent: begins with a slash, not decoded
 * @param query what is behind {@code ?}, not decoded; empty text if nothing
 * @param headers by name in small letters, in the order they came; {@code host} is there with HTTP/2, too
 * @param secure whether it came by TLS
 * @param length of the body in bytes; -1 if it is not announced
 * @param body empty if there is none; reads wait for the client, with a deadline, and throw when it is gone or stalls
 */
record HttpRequest(
        String method,
        String path,
        String query,
        Map<String, List<String>> headers,
        boolean secure,
        long length,
        InputStream body) {
    /** The first header of a name in small letters. */
    Optional<String> header(String name) {
        List<String> values = headers.getOrDefault(name, List.of());
        return values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
    }
}
