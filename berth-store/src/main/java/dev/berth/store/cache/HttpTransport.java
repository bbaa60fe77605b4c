package dev.berth.store.cache;

import dev.berth.nix.NarInfo;
import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A binary cache behind HTTP. Connections are kept and shared; a request that fails in a way that may pass is repeated,
 * and a body that breaks off is resumed where it broke.
 */
final class HttpTransport implements Transport {
    private static final int REDIRECTS = 10;

    private static final int MOST_UPDATES = 20;

    private final URI base;
    private final HttpExchange exchange;
    private final HttpUploads uploads;
    private final HttpDownloads downloads;

    /** @param base without query, its path ending in a slash */
    HttpTransport(URI base, Function<URI, Optional<String>> authorization, FileKinds kinds, StoreSettings settings) {
        this.base = base;
        this.exchange = new HttpExchange(authorization, settings);
        this.uploads = new HttpUploads(exchange, settings, kinds);
        this.downloads = new HttpDownloads(this, settings.spool());
    }

    @Override
    public Optional<byte[]> read(String name, int limit) throws IOException {
        URI url = resolve(name);
        return exchange.repeating(() -> readOnce(url, limit));
    }

    private Optional<byte[]> readOnce(URI url, int limit) throws IOException {
        Optional<HttpAnswer> answer = request(url, 0, "", HttpExchange.Turn.QUERY);
        if (answer.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = answer.get().decoded(answer.get().body(), url)) {
            return Optional.of(whole(in, url, limit));
        }
    }

    private static byte[] whole(InputStream in, URI url, int limit) throws IOException {
        byte[] bytes = in.readNBytes(limit + 1);
        if (bytes.length > limit) {
            throw new IOException(url + " is longer than " + limit + " bytes");
        }
        return bytes;
    }

    @Override
    public Optional<InputStream> open(String name) throws IOException {
        URI url = resolve(name);
        Optional<HttpAnswer> answer = begin(url, 0, "");
        return answer.isEmpty()
                ? Optional.empty()
                : Optional.of(answer.get().decoded(new ResumingBody(this, url, answer.get()), url));
    }

    @Override
    public Download download(NarInfo info) throws IOException {
        return downloads.begin(resolve(info.url()), info);
    }

    /** The first answer to a request for what may be long. */
    Optional<HttpAnswer> begin(URI url, long offset, String validator) throws IOException {
        return exchange.repeating(() -> request(url, offset, validator));
    }

    int retries() {
        return exchange.retries();
    }

    /**
     * One request, redirects followed.
     *
     * @param offset what to skip of the file; the answer may begin earlier
     * @param validator of the file that an earlier answer was of
     * @return empty if there is no such file
     */
    Optional<HttpAnswer> request(URI url, long offset, String validator) throws IOException {
        return request(url, offset, validator, HttpExchange.Turn.TRANSFER);
    }

    private Optional<HttpAnswer> request(URI url, long offset, String validator, HttpExchange.Turn turn)
            throws IOException {
        URI at = url;
        for (int hops = 0; hops <= REDIRECTS; hops++) {
            HttpResponse<InputStream> response = send(at, offset, validator, turn);
            InputStream body = response.body();
            int status = response.statusCode();
            switch (status) {
                case 200, 206 -> {
                    return Optional.of(HttpAnswer.of(response, at));
                }
                case 301, 302, 303, 307, 308 -> {
                    body.close();
                    at = exchange.redirected(at, response);
                }
                case 403, 404, 410 -> {
                    body.close();
                    return Optional.empty();
                }
                case 416 -> {
                    body.close();
                    if (offset == 0) {
                        throw HttpExchange.unexpected(at, status);
                    }
                    // Another file, which is shorter: the caller sees that it is not the one that was begun.
                    return request(url, 0, "", turn);
                }
                case 401, 407 -> {
                    body.close();
                    throw exchange.denied(at, status);
                }
                default -> {
                    body.close();
                    throw HttpExchange.unexpected(at, status);
                }
            }
        }
        throw new TransportException(
                Kind.UNAVAILABLE, url + " redirects more than " + REDIRECTS + " times, at last to " + at, false);
    }

    private HttpResponse<InputStream> send(URI url, long offset, String validator, HttpExchange.Turn turn)
            throws IOException {
        HttpRequest.Builder request = exchange.request(url, exchange.answerTimeout());
        if (offset > 0) {
            request.header("Range", "bytes=" + offset + "-");
            if (!validator.isEmpty()) {
                request.header("If-Range", validator);
            }
        }
        return exchange.send(url, request.build(), turn);
    }

    /** A name of the cache's own must stay below its address; an absolute URL may lead elsewhere by HTTP only. */
    private URI resolve(String name) throws IOException {
        try {
            URI given = new URI(name);
            URI url = base.resolve(given).normalize();
            String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
            boolean inside = url.getRawAuthority() != null
                    && url.getRawAuthority().equals(base.getRawAuthority())
                    && String.valueOf(url.getRawPath()).startsWith(base.getRawPath())
                    && !url.getRawPath().startsWith("/../");
            boolean elsewhere = given.isAbsolute() && (scheme.equals("http") || scheme.equals("https"));
            if (url.getHost() != null && (inside || elsewhere) && url.getRawUserInfo() == null) {
                return url;
            }
        } catch (java.net.URISyntaxException e) {
            throw new IOException("'" + name + "' is no URL: " + e.getReason(), e);
        }
        throw new IOException("'" + name + "' is not in the cache");
    }

    @Override
    public boolean exists(String name) throws IOException {
        return uploads.exists(resolve(name));
    }

    @Override
    public Optional<Stream<Listed>> list(String directory) {
        return Optional.empty();
    }

    @Override
    public void write(String name, byte[] content) throws IOException {
        try (Draft draft = draft()) {
            draft.out().write(content);
            draft.publish(name);
        }
    }

    @Override
    public Draft draft() {
        return new HttpDraft(this);
    }

    void put(String name, Spool file) throws IOException {
        uploads.put(resolve(name), name, file, "");
    }

    /** By conditional writes where the server gives its files strong tags; else, as Nix, unconditionally. */
    @Override
    public void update(String name, int limit, Edit edit) throws IOException {
        URI url = resolve(name);
        for (int tries = 1; tries <= MOST_UPDATES; tries++) {
            Optional<HttpAnswer> answer = exchange.repeating(() -> request(url, 0, "", HttpExchange.Turn.QUERY));
            Optional<byte[]> old = Optional.empty();
            String tag = "";
            if (answer.isPresent()) {
                try (InputStream in = answer.get().decoded(answer.get().body(), url)) {
                    old = Optional.of(whole(in, url, limit));
                }
                tag = answer.get().validator().startsWith("\"") ? answer.get().validator() : "";
            }
            try (Spool file = new Spool()) {
                file.write(edit.apply(old));
                if (uploads.put(url, name, file, tag)) {
                    return;
                }
            }
            HttpExchange.pause(tries);
        }
        throw new TransportException(
                Kind.UNAVAILABLE, url + ": others were quicker to change it " + MOST_UPDATES + " times", true);
    }

    @Override
    public void delete(String name) throws IOException {
        throw new TransportException(
                Kind.REFUSED, "cannot delete from " + base + ": binary caches know no deletion over HTTP", false);
    }

    @Override
    public void close() {
        exchange.close();
    }
}
