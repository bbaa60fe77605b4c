package dev.berth.kubernetes;

import static dev.berth.kubernetes.ClusterException.Kind;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests, proves who we are, and repeats what is worth repeating: at status 429 and 503 after the time that the server
 * names, at 502 and 504, and at a lost connection, each only where doing it twice is as good as once, and all within the limit
 * of the call. A server that was never reached is not waited for.
 */
final class ApiClient implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private record Client(Optional<ClientCertificate> certificate, HttpClient http) {}

    private final Access access;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Client client;
    private volatile boolean reached;

    ApiClient(Access access) {
        this.access = access;
    }

    Access access() {
        return access;
    }

    /** Sends, and returns the whole answer to a request that was successful. */
    byte[] send(Call call) throws ClusterException {
        return exchange(call, BodyHandlers.limiting(BodyHandlers.ofByteArray(), call.largest()), body -> body);
    }

    /** Sends, and returns the answer as it comes; its end is not bound by the limit of the call. */
    InputStream stream(Call call) throws ClusterException {
        return exchange(call, BodyHandlers.ofInputStream(), body -> {
            try (body) {
                return body.readNBytes(1 << 20);
            }
        });
    }

    private interface Bytes<T> {
        byte[] of(T body) throws IOException;
    }

    private <T> T exchange(Call call, BodyHandler<T> handler, Bytes<T> failed) throws ClusterException {
        long deadline = System.nanoTime() + call.limit().toNanos();
        Duration pause = FIRST_PAUSE;
        boolean provenAgain = false;
        while (true) {
            Duration wait = pause;
            ClusterException failure;
            try {
                HttpResponse<T> response = attempt(call, handler, deadline);
                reached = true;
                if (response.statusCode() / 100 == 2) {
                    return response.body();
                }
                failure = Answers.failure(call, access, response.statusCode(), bytes(failed, response.body()));
                if (response.statusCode() == 401
                        && !provenAgain
                        && access.credentials().refused()) {
                    provenAgain = true;
                    continue;
                }
                if (!worthRepeating(call, response.statusCode())) {
                    throw failure;
                }
                wait = retryAfter(response).orElse(pause);
            } catch (IOException e) {
                failure = lost(call, e);
                if (failure.kind() != Kind.UNREACHABLE || !reached || !(call.repeatable() || notSent(e))) {
                    throw failure;
                }
            }
            if (System.nanoTime() + wait.toNanos() >= deadline) {
                throw failure;
            }
            pause(call, wait);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private static <T> byte[] bytes(Bytes<T> reader, T body) {
        try {
            return reader.of(body);
        } catch (IOException e) {
            return new byte[0]; // the status code was read, and says enough
        }
    }

    private <T> HttpResponse<T> attempt(Call call, BodyHandler<T> handler, long deadline) throws IOException {
        Credentials.Material material = access.credentials().current();
        HttpRequest request = request(call, material);
        CompletableFuture<HttpResponse<T>> answer = client(material).sendAsync(request, handler);
        try {
            return answer.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new ClusterException(
                    Kind.TIMEOUT,
                    call.what() + ": " + access.server() + " did not answer within "
                            + call.limit().toSeconds() + " s",
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw interrupted(call, e);
        }
    }

    private HttpRequest request(Call call, Credentials.Material material) throws ClusterException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(access.server() + call.path()))
                .header("Accept", call.accept())
                .header("User-Agent", "berth");
        material.authorization().ifPresent(value -> request.header("Authorization", value));
        access.headers().forEach((name, values) -> values.forEach(value -> request.header(name, value)));
        HttpRequest.BodyPublisher body = call.body()
                .map(sent -> HttpRequest.BodyPublishers.ofString(sent.content()))
                .orElse(HttpRequest.BodyPublishers.noBody());
        call.body().ifPresent(sent -> request.header("Content-Type", sent.type()));
        return request.method(call.method(), body).build();
    }

    /** A client for these credentials: another certificate needs other connections. */
    private HttpClient client(Credentials.Material material) throws ClusterException {
        lock.lock();
        try {
            Client known = client;
            if (known != null && known.certificate().equals(material.certificate())) {
                return known.http();
            }
            HttpClient.Builder builder = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .connectTimeout(CONNECT)
                    .proxy(Proxies.of(access, System.getenv()));
            if (access.server().getScheme().equals("https")) {
                builder.sslContext(Tls.context(access, material.certificate()));
            }
            HttpClient made = builder.build();
            client = new Client(material.certificate(), made);
            if (known != null) {
                known.http().shutdown(); // ends when the requests that use it have
            }
            return made;
        } finally {
            lock.unlock();
        }
    }

    private static boolean worthRepeating(Call call, int code) {
        return code == 429 || (call.repeatable() && (code == 502 || code == 503 || code == 504));
    }

    private static Optional<Duration> retryAfter(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Retry-After")
                .filter(value -> value.matches("[0-9]{1,5}"))
                .map(value -> Duration.ofSeconds(Math.max(1, Integer.parseInt(value))));
    }

    /** Whether the server can't have seen the request. */
    private static boolean notSent(IOException failure) {
        return failure instanceof ConnectException;
    }

    private ClusterException lost(Call call, IOException e) {
        if (e instanceof ClusterException known) {
            return known;
        }
        return Connections.failure(call, access, e);
    }

    private static ClusterException interrupted(Call call, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new ClusterException(Kind.TIMEOUT, call.what() + ": interrupted while waiting for the server", e);
    }

    private static void pause(Call call, Duration wait) throws ClusterException {
        try {
            Thread.sleep(wait);
        } catch (InterruptedException e) {
            throw interrupted(call, e);
        }
    }

    /** Ends all connections, also those of requests that are under way. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (client != null) {
                client.http().shutdownNow();
            }
        } finally {
            lock.unlock();
        }
    }
}
