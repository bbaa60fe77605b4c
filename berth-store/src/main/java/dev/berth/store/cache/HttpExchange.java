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
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Single requests to one web server: so many at once, each with a deadline, repeated if that makes sense. */
final class HttpExchange implements AutoCloseable {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** The longest that a request waits for others of this process; each of those ends by its own deadlines. */
    private static final Duration TURN = Duration.ofMinutes(30);

    private final Function<URI, Optional<String>> authorization;
    private final StoreSettings settings;
    private final HttpClient client;
    private final Semaphore queries;
    private final Semaphore transfers;

    /** What a request waits for: those of small files do not wait for downloads. */
    enum Turn {
        QUERY,
        TRANSFER
    }

    /** @param authorization the header of that name for a request, if it takes one */
    HttpExchange(Function<URI, Optional<String>> authorization, StoreSettings settings) {
        this.authorization = authorization;
        this.settings = settings;
        this.queries = new Semaphore(settings.connections());
        this.transfers = new Semaphore(settings.connections());
        this.client = HttpClient.newBuilder()
                .connectTimeout(settings.connectTimeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    int retries() {
        return settings.retries();
    }

    /** How long a server may take to answer a request without a body. */
    Duration answerTimeout() {
        return settings.stallTimeout();
    }

    /** Something that can be done again. */
    interface Attempt<T> {
        T run() throws IOException;
    }

    /** Does something, and again after failures that may pass, but not for ever. */
    <T> T repeating(Attempt<T> attempt) throws IOException {
        for (int failures = 0; ; ) {
            try {
                return attempt.run();
            } catch (TransportException e) {
                if (!e.mayPass() || ++failures > retries()) {
                    throw e;
                }
                pause(failures);
            }
        }
    }

    /** What to say of a status that is none of those expected. */
    static TransportException unexpected(URI url, int status) {
        boolean mayPass = status >= 500 || status == 429 || status == 408;
        return new TransportException(Kind.UNAVAILABLE, url + " answered with status " + status, mayPass);
    }

    /** Where an answer sends its request. */
    URI redirected(URI from, HttpResponse<?> response) throws IOException {
        return redirected(from, response.headers().firstValue("location").orElse(""));
    }

    /** As curl does it for Nix: also from HTTPS to HTTP, but not with a password, which that would show to everybody. */
    URI redirected(URI from, String location) throws IOException {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw badRedirect(from, location, "");
        }
        String scheme = String.valueOf(to.getScheme()).toLowerCase(Locale.ROOT);
        boolean secure = scheme.equals("https");
        if (location.isEmpty() || to.getHost() == null || !(secure || scheme.equals("http"))) {
            throw badRedirect(from, location, "");
        }
        if (!secure
                && "https".equalsIgnoreCase(from.getScheme())
                && authorization.apply(to).isPresent()) {
            throw badRedirect(from, location, ": a password would go there without encryption");
        }
        return to;
    }

    private static TransportException badRedirect(URI from, String location, String why) {
        return new TransportException(
                Kind.UNAVAILABLE, from + " redirects to '" + location + "', which is not followed" + why, false);
    }

    /** A request with what all have in common. */
    HttpRequest.Builder request(URI url, Duration patience) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .timeout(patience)
                .header("User-Agent", "berth")
                // Without TLS the JDK would try to change to HTTP/2 by a header that not every proxy takes well.
                .version("https".equals(url.getScheme()) ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1);
        authorization.apply(url).ifPresent(value -> request.header("Authorization", value));
        return request;
    }

    /** Sends one request, when its turn comes. The body of the answer must be closed. */
    HttpResponse<InputStream> send(URI url, HttpRequest request) throws IOException {
        return send(url, request, Turn.TRANSFER);
    }

    /** As above, among those of its kind. */
    HttpResponse<InputStream> send(URI url, HttpRequest request, Turn turn) throws IOException {
        Semaphore turns = turn == Turn.QUERY ? queries : transfers;
        try {
            if (!turns.tryAcquire(TURN.toSeconds(), TimeUnit.SECONDS)) {
                throw new TransportException(Kind.UNAVAILABLE, url + ": no connection became free", false);
            }
            boolean sent = false;
            try {
                HttpResponse<InputStream> response = client.send(
                        request, _ -> new TimedBody(url.toString(), settings.stallTimeout(), turns::release));
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
            throw HttpFailure.of(
                    url.toString(),
                    e,
                    settings.connectTimeout(),
                    request.timeout().orElse(TURN));
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

    /** What to say to a server that wants to know who asks. */
    TransportException denied(URI url, int status) {
        return new TransportException(
                Kind.UNAVAILABLE,
                url + " answered with status " + status + ": it wants a user and a password, or others; see "
                        + settings.netrc(),
                false);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
