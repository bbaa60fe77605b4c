package dev.berth.gateway.http;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a cluster asks of any server: {@code /healthz}, whether it runs; {@code /readyz}, whether requests are to be sent to
 * it; {@code /metrics}. All else is for the routes behind. Any thread.
 */
final class ServiceRoutes implements Routes {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceRoutes.class);
    private static final int PATIENCE_SECONDS = 5;
    private static final Map<String, String> METRICS = Map.of("content-type", Metrics.contentType());

    /** Asks the store something small. */
    @FunctionalInterface
    interface Probe {
        /**
         * Asks; waits no longer than seconds.
         *
         * @throws RuntimeException if the store can't be asked, with the reason
         */
        void ask();
    }

    private final Routes behind;
    private final Metrics metrics;
    private final Probe probe;
    private volatile boolean stopping;
    private final ReentrantLock asking = new ReentrantLock();
    private final Predicate<HttpRequest> mayRead;

    /**
     * @param mayRead whether a request may see the figures
     */
    ServiceRoutes(Routes behind, Metrics metrics, Probe probe, Predicate<HttpRequest> mayRead) {
        this.behind = behind;
        this.metrics = metrics;
        this.probe = probe;
        this.mayRead = mayRead;
    }

    @Override
    public void stop() {
        stopping = true;
        behind.stop();
    }

    @Override
    public Optional<HttpReply> quick(HttpRequest request) {
        return switch (request.path()) {
            case "/healthz" -> Optional.of(reads(request) ? Replies.line(200, "ok") : onlyRead());
            case "/readyz", "/metrics" -> reads(request) ? Optional.empty() : Optional.of(onlyRead());
            default -> behind.quick(request);
        };
    }

    @Override
    public HttpReply answer(HttpRequest request) throws IOException {
        return switch (request.path()) {
            case "/healthz" -> onlyRead(); // with a body
            case "/readyz" -> reads(request) ? ready() : onlyRead();
            case "/metrics" -> {
                if (!reads(request)) {
                    yield onlyRead();
                }
                yield mayRead.test(request)
                        ? new HttpReply.Whole(200, METRICS, metrics.text())
                        : new HttpReply.Whole(401, Map.of("www-authenticate", "Basic realm=\"berth\""), new byte[0]);
            }
            default -> behind.answer(request);
        };
    }

    private static boolean reads(HttpRequest request) {
        return request.method().equals("GET") || request.method().equals("HEAD");
    }

    private static HttpReply.Whole onlyRead() {
        HttpReply.Whole line = Replies.line(405, "this can only be read");
        return new HttpReply.Whole(line.status(), Map.of("allow", "GET, HEAD"), line.body());
    }

    private HttpReply.Whole ready() {
        try {
            // One at a time: a store that hangs is not asked once more by every probe.
            if (!asking.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return Replies.later("the store does not answer", PATIENCE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Replies.later("interrupted", PATIENCE_SECONDS);
        }
        try {
            if (stopping) {
                return Replies.later("the gateway stops", PATIENCE_SECONDS);
            }
            probe.ask();
            return Replies.line(200, "ok");
        } catch (RuntimeException e) {
            LOG.warn("not ready: {}", e.getMessage());
            return Replies.later("the store can't be asked: the log says why", PATIENCE_SECONDS);
        } finally {
            asking.unlock();
        }
    }
}
