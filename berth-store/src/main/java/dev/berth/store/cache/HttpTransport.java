package dev.berth.store.cache;

import dev.berth.store.StoreException.Kind;
import dev.berth.store.StoreSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A binary cache behind HTTP. Connections are kept and shared; a request that fails in a way that may pass is repeated,
 * and a body that breaks off is resumed where it broke.
 */
final class HttpTransport implements Transport {
    private static final int REDIRECTS = 10;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** The longest that a request waits for others of this process; each of those ends by its own deadlines. */
    private static final Duration TURN = Duration.ofMinutes(30);

    private final URI base;
    private final Authorization authorization;
    private final StoreSettings settings;
    private final HttpClient client;
    private final Semaphore turns;

    /** @param base without query, its path ending in a slash */
    HttpTransport(URI base, Authorization authorization, StoreSettings settings) {
        this.base = base;
        this.authorization = authorization;
        this.settings = settings;
        this.turns = new Semaphore(settings.connections());
        this.client = HttpClient.newBuilder()
                .connectTimeout(settings.connectTimeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /**
     * An answer with a body.
     *
     * @param offset of the body's first byte in the file
     * @param total the size of the file, if the server says it
     * @param validator the strong entity tag or the date of the file, or empty
     * @param encoding the content encoding, {@code identity} for none
     */
    record Answer(InputStream body, long offset, OptionalLong total, String validator, String encoding) {}

    @Override
    public Optional<byte[]> read(String name, int limit) throws IOException {
        URI url = resolve(name);
        for (int failures = 0; ; ) {
            try {
                return readOnce(url, limit);
            } catch (TransportException e) {
                if (!e.mayPass() || ++failures > settings.retries()) {
                    throw e;
                }
                pause(failures);
            }
        }
    }

    private Optional<byte[]> readOnce(URI url, int limit) throws IOException {
        Optional<Answer> answer = request(url, 0, "");
        if (answer.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = decoded(answer.get().body(), answer.get().encoding(), url.toString())) {
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw new IOException(url + " is longer than " + limit + " bytes");
            }
            return Optional.of(bytes);
        }
    }

    @Override
    public Optional<InputStream> open(String name) throws IOException {
        URI url = resolve(name);
        for (int failures = 0; ; ) {
            try {
                Optional<Answer> answer = request(url, 0, "");
                if (answer.isEmpty()) {
                    return Optional.empty();
                }
                InputStream body = new ResumingBody(this, url, answer.get());
                return Optional.of(decoded(body, answer.get().encoding(), url.toString()));
            } catch (TransportException e) {
                if (!e.mayPass() || ++failures > settings.retries()) {
                    throw e;
                }
                pause(failures);
            }
        }
    }

    int retries() {
        return settings.retries();
    }

    /** Undoes what the server says it did to the file to send it, as for narinfo files that are stored compressed. */
    static InputStream decoded(InputStream body, String encoding, String url) throws IOException {
        String name = encoding.startsWith("x-") ? encoding.substring(2) : encoding;
        if (name.equals("identity") || name.isEmpty()) {
            return body;
        }
        Optional<Compression> compression = Compression.of(name);
        if (compression.isEmpty()) {
            body.close();
            throw new IOException(url + " has the content encoding '" + name + "', which is not known; known are "
                    + Compression.names());
        }
        try {
            return compression.get().decode(body);
        } catch (IOException e) {
            body.close();
            throw e;
        }
    }

    /**
     * One request, redirects followed.
     *
     * @param offset what to skip of the file; the answer may begin earlier
     * @param validator of the file that an earlier answer was of
     * @return empty if there is no such file
     */
    Optional<Answer> request(URI url, long offset, String validator) throws IOException {
        URI at = url;
        for (int hops = 0; hops <= REDIRECTS; hops++) {
            HttpResponse<InputStream> response = send(at, offset, validator);
            InputStream body = response.body();
            int status = response.statusCode();
            switch (status) {
                case 200, 206 -> {
                    return Optional.of(answer(response, at));
                }
                case 301, 302, 303, 307, 308 -> {
                    body.close();
                    at = redirected(at, response);
                }
                case 403, 404, 410 -> {
                    body.close();
                    return Optional.empty();
                }
                case 401, 407 -> {
                    body.close();
                    throw new TransportException(
                            Kind.UNAVAILABLE,
                            at + " answered with status " + status + ": it wants a user and a password, or others; see "
                                    + settings.netrc(),
                            false);
                }
                default -> {
                    body.close();
                    boolean mayPass = status >= 500 || status == 429 || status == 408;
                    throw new TransportException(Kind.UNAVAILABLE, at + " answered with status " + status, mayPass);
                }
            }
        }
        throw new TransportException(
                Kind.UNAVAILABLE, url + " redirects more than " + REDIRECTS + " times, at last to " + at, false);
    }

    private static URI redirected(URI from, HttpResponse<?> response) throws IOException {
        String location = response.headers().firstValue("location").orElse("");
        try {
            URI to = from.resolve(location);
            String scheme = String.valueOf(to.getScheme()).toLowerCase(Locale.ROOT);
            boolean safe = scheme.equals("https") || (scheme.equals("http") && !"https".equals(from.getScheme()));
            if (!location.isEmpty() && safe && to.getHost() != null) {
                return to;
            }
        } catch (IllegalArgumentException e) {
            throw badRedirect(from, location);
        }
        throw badRedirect(from, location);
    }

    private static TransportException badRedirect(URI from, String location) {
        return new TransportException(
                Kind.UNAVAILABLE, from + " redirects to '" + location + "', which is not followed", false);
    }

    private Answer answer(HttpResponse<InputStream> response, URI url) throws IOException {
        var headers = response.headers();
        OptionalLong length = headers.firstValue("content-length").isPresent()
                ? headers.firstValueAsLong("content-length")
                : OptionalLong.empty();
        String tag = headers.firstValue("etag")
                .filter(value -> !value.startsWith("W/"))
                .orElse("");
        String validator = tag.isEmpty() ? headers.firstValue("last-modified").orElse("") : tag;
        String encoding =
                headers.firstValue("content-encoding").orElse("identity").toLowerCase(Locale.ROOT);
        if (response.statusCode() == 200) {
            return new Answer(response.body(), 0, length, validator, encoding);
        }
        ContentRange range =
                ContentRange.parse(headers.firstValue("content-range").orElse(""));
        if (range.start() < 0) {
            response.body().close();
            throw new TransportException(
                    Kind.UNAVAILABLE, url + " answered with a part of the file that it does not describe", false);
        }
        return new Answer(response.body(), range.start(), range.total(), validator, encoding);
    }

    /** @param start -1 if the header is not understood */
    private record ContentRange(long start, OptionalLong total) {
        static ContentRange parse(String header) {
            var matcher = java.util.regex.Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)")
                    .matcher(header);
            if (!matcher.matches()) {
                return new ContentRange(-1, OptionalLong.empty());
            }
            String total = matcher.group(2);
            return new ContentRange(
                    Long.parseLong(matcher.group(1)),
                    total.equals("*") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(total)));
        }
    }

    private HttpResponse<InputStream> send(URI url, long offset, String validator) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .timeout(settings.stallTimeout())
                .header("User-Agent", "berth")
                // Without TLS the JDK would try to change to HTTP/2 by a header that not every proxy takes well.
                .version("https".equals(url.getScheme()) ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1);
        authorization.header(url).ifPresent(value -> request.header("Authorization", value));
        if (offset > 0) {
            request.header("Range", "bytes=" + offset + "-");
            if (!validator.isEmpty()) {
                request.header("If-Range", validator);
            }
        }
        try {
            if (!turns.tryAcquire(TURN.toSeconds(), TimeUnit.SECONDS)) {
                throw new TransportException(Kind.UNAVAILABLE, url + ": no connection became free", false);
            }
            boolean sent = false;
            try {
                HttpResponse<InputStream> response = client.send(
                        request.build(), _ -> new TimedBody(url.toString(), settings.stallTimeout(), turns::release));
                sent = true;
                return response;
            } finally {
                if (!sent) {
                    turns.release();
                }
            }
        } catch (TransportException e) {
            throw e;
        } catch (IOException e) {
            throw HttpFailure.of(url.toString(), e, settings.connectTimeout(), settings.stallTimeout());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("asking " + url + " was interrupted").initCause(e);
        }
    }

    /** Waits between attempts, longer each time, not in step with others. */
    static void pause(int failures) throws IOException {
        long most = Math.min(LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(failures - 1, 10));
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
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
        Optional<InputStream> body = open(name);
        if (body.isPresent()) {
            body.get().close();
        }
        return body.isPresent();
    }

    @Override
    public Optional<Stream<Listed>> list(String directory) {
        return Optional.empty();
    }

    @Override
    public void write(String name, byte[] content) throws IOException {
        throw readOnly();
    }

    @Override
    public Draft draft() throws IOException {
        throw readOnly();
    }

    @Override
    public void update(String name, int limit, Edit edit) throws IOException {
        throw readOnly();
    }

    @Override
    public void delete(String name) throws IOException {
        throw readOnly();
    }

    private TransportException readOnly() {
        return new TransportException(
                Kind.REFUSED, "this version of Berth cannot write to " + base + ": it only reads over HTTP", false);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
