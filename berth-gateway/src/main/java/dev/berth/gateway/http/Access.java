package dev.berth.gateway.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Who may read and who may upload, by tokens: {@code Authorization: Bearer TOKEN}, or Basic with the token as the password,
 * as clients send it from a netrc file; the user's name does not matter. Who may upload may read. Any thread.
 */
final class Access {
    private static final Map<String, String> CHALLENGE =
            Map.of("content-type", TextReply.PLAIN, "www-authenticate", "Basic realm=\"berth\", charset=\"UTF-8\"");

    private final Optional<TokenFile> readers;
    private final Optional<TokenFile> writers;

    /** @throws IOException if a token file cannot be read */
    Access(CacheSettings settings) throws IOException {
        this.readers = open(settings.readTokens());
        this.writers = open(settings.uploadTokens());
    }

    private static Optional<TokenFile> open(Optional<Path> file) throws IOException {
        return file.isPresent() ? Optional.of(new TokenFile(file.get())) : Optional.empty();
    }

    /** Whether anybody may upload. */
    boolean takesUploads() {
        return writers.isPresent();
    }

    /** Whether the files were looked at just now, so that deciding does not touch the disk. */
    boolean isFresh() {
        return readers.isEmpty()
                || (readers.get().isFresh()
                        && (writers.isEmpty() || writers.get().isFresh()));
    }

    /** Looks whether the files have changed. */
    void refresh() {
        readers.ifPresent(TokenFile::refresh);
        writers.ifPresent(TokenFile::refresh);
    }

    /** The refusal of a request to read, if it is to be refused. */
    Optional<HttpReply.Whole> refuseReading(HttpRequest request) {
        if (readers.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> token = token(request);
        if (token.isEmpty()) {
            return Optional.of(unauthorized("reading this cache needs a token"));
        }
        return readers.get().holds(token.get()) || holds(writers, token.get())
                ? Optional.empty()
                : Optional.of(unauthorized("the token is not known here"));
    }

    /** The refusal of a request to upload, if it is to be refused. */
    Optional<HttpReply.Whole> refuseUpload(HttpRequest request) {
        if (writers.isEmpty()) {
            return Optional.of(
                    TextReply.notAllowed("GET, HEAD", "this cache takes no uploads: it has no upload tokens"));
        }
        Optional<String> token = token(request);
        if (token.isEmpty()) {
            return Optional.of(unauthorized("uploading needs a token"));
        }
        if (holds(writers, token.get())) {
            return Optional.empty();
        }
        return Optional.of(
                holds(readers, token.get())
                        ? TextReply.text(403, "this token may read, but not upload")
                        : unauthorized("the token is not known here"));
    }

    private static boolean holds(Optional<TokenFile> file, String token) {
        return file.isPresent() && file.get().holds(token);
    }

    private static HttpReply.Whole unauthorized(String why) {
        return new HttpReply.Whole(401, CHALLENGE, (why + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<String> token(HttpRequest request) {
        String header = request.header("authorization").orElse("").strip();
        int space = header.indexOf(' ');
        if (space < 0) {
            return Optional.empty();
        }
        String value = header.substring(space + 1).strip();
        return switch (header.substring(0, space).toLowerCase(Locale.ROOT)) {
            case "bearer" -> Optional.of(value);
            case "basic" -> password(value);
            default -> Optional.empty();
        };
    }

    private static Optional<String> password(String base64) {
        try {
            String pair = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
            int colon = pair.indexOf(':');
            return colon < 0 ? Optional.empty() : Optional.of(pair.substring(colon + 1));
        } catch (IllegalArgumentException e) {
            // Not base-64, and so nobody's token.
            return Optional.empty();
        }
    }
}
