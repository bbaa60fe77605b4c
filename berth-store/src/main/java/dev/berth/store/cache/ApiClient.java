package dev.berth.store.cache;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** JSON over HTTP, as the APIs of cache services take it. */
final class ApiClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST = 16 << 20;
    private static final int WORDS = 300;

    /** The slowest pace of an upload that is waited for. */
    private static final long BYTES_PER_SECOND = 16 << 10;

    private final HttpExchange exchange;
    private final String login;

    /** @param login what to do when the service does not know who asks, for messages */
    ApiClient(HttpExchange exchange, String login) {
        this.exchange = exchange;
        this.login = login;
    }

    /**
     * The header {@code Authorization} for requests below one URL, and for no others.
     *
     * @param token empty for none
     */
    static Optional<String> bearer(URI server, Optional<String> token, URI url) {
        boolean same = url.getScheme().equals(server.getScheme())
                && server.getHost().equals(url.getHost())
                && url.getPort() == server.getPort()
                && url.getRawPath().startsWith(server.getRawPath());
        return token.filter(_ -> same).map(text -> "Bearer " + text);
    }

    static com.fasterxml.jackson.databind.node.ObjectNode object() {
        return JSON.createObjectNode();
    }

    static com.fasterxml.jackson.databind.node.ArrayNode array() {
        return JSON.createArrayNode();
    }

    /** Asks by GET. */
    JsonNode get(URI url) throws IOException {
        return json(
                url, send("GET", url, Map.of(), BodyPublishers::noBody, 0, true).body());
    }

    /**
     * Sends JSON by POST.
     *
     * @param again whether it may be sent again after a failure
     */
    JsonNode post(URI url, JsonNode body, boolean again) throws IOException {
        String text = JSON.writeValueAsString(body);
        return json(
                url,
                send(
                                "POST",
                                url,
                                Map.of("Content-Type", "application/json"),
                                () -> BodyPublishers.ofString(text),
                                text.length(),
                                again)
                        .body());
    }

    /** Puts bytes, again after failures that may pass; the body is made anew for each attempt. */
    Reply put(URI url, Map<String, String> headers, Supplier<BodyPublisher> body, long size) throws IOException {
        return send("PUT", url, headers, body, size, true);
    }

    /**
     * An answer that is good.
     *
     * @param tag the header {@code ETag}, or empty
     */
    record Reply(String body, String tag) {}

    private Reply send(
            String method, URI url, Map<String, String> headers, Supplier<BodyPublisher> body, long size, boolean again)
            throws IOException {
        HttpExchange.Attempt<Reply> attempt = () -> once(method, url, headers, body.get(), size);
        return again ? exchange.repeating(attempt) : attempt.run();
    }

    private Reply once(String method, URI url, Map<String, String> headers, BodyPublisher body, long size)
            throws IOException {
        Duration patience = exchange.answerTimeout().plusSeconds(size / BYTES_PER_SECOND);
        HttpRequest.Builder request = exchange.request(url, patience)
                .header("Accept", "application/json")
                .method(method, body);
        headers.forEach(request::header);
        HttpResponse<InputStream> response = exchange.send(url, request.build());
        try (InputStream in = response.body()) {
            byte[] bytes = in.readNBytes(MOST + 1);
            if (bytes.length > MOST) {
                throw new IOException(url + " answered with more than " + MOST + " bytes");
            }
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (response.statusCode() / 100 != 2) {
                throw refused(method, url, response.statusCode(), text);
            }
            return new Reply(text, response.headers().firstValue("etag").orElse(""));
        }
    }

    /** Without the query of a URL, which may hold a signature. */
    private static String shown(URI url) {
        String text = url.toString();
        int query = text.indexOf('?');
        return query < 0 ? text : text.substring(0, query);
    }

    private TransportException refused(String method, URI url, int status, String text) {
        String said = method + " " + shown(url) + " answered with status " + status + words(text);
        return switch (status) {
            case 401, 403 -> new TransportException(Kind.READ_ONLY, said + "; " + login, false);
            case 404 -> new TransportException(Kind.REFUSED, said + "; there is no such cache, or not for you", false);
            case 408, 429 -> new TransportException(Kind.UNAVAILABLE, said, true);
            case 507 -> new TransportException(Kind.NO_SPACE, said, false);
            default ->
                status >= 500
                        ? new TransportException(Kind.UNAVAILABLE, said, true)
                        : new TransportException(Kind.REFUSED, said, false);
        };
    }

    /** What a service says of a failure, in one line. */
    private static String words(String text) {
        String message = text;
        try {
            JsonNode json = JSON.readTree(text);
            for (String field : new String[] {"message", "error"}) {
                if (json.path(field).isTextual()) {
                    message = json.path(field).asText();
                    break;
                }
            }
        } catch (JsonProcessingException e) {
            message = text.startsWith("<") ? "" : text;
        }
        String line = message.strip().replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "?");
        return line.isEmpty() ? "" : ": " + line.substring(0, Math.min(WORDS, line.length()));
    }

    private static JsonNode json(URI url, String text) throws IOException {
        try {
            return text.isBlank() ? object() : JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IOException(shown(url) + " did not answer with JSON", e);
        }
    }

    @Override
    public void close() {
        exchange.close();
    }
}
