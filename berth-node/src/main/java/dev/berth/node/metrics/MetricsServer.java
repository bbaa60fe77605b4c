package dev.berth.node.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.berth.store.config.HostPort;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows {@code /metrics}, {@code /healthz} and {@code /readyz} over HTTP. The JDK's own server, as few ask it and rarely; it
 * answers {@value #MAX_ANSWERS} at a time and refuses others with 503.
 */
public final class MetricsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
    private static final int MAX_ANSWERS = 4;
    private static final int BACKLOG = 16;

    /** The server's limits, which it reads once in a process: seconds for a request and an answer, connections in all. */
    private static final Map<String, String> LIMITS = Map.of(
            "sun.net.httpserver.maxReqTime", "10",
            "sun.net.httpserver.maxRspTime", "30",
            "jdk.httpserver.maxConnections", "64");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore answers = new Semaphore(MAX_ANSWERS);
    private final NodeMetrics metrics;
    private final Health health;

    private MetricsServer(HttpServer server, NodeMetrics metrics, Health health) {
        this.server = server;
        this.metrics = metrics;
        this.health = health;
    }

    /**
     * Starts to serve. An address that can't be had is told in the log: figures are not worth a node without volumes.
     *
     * @return nothing if it can't be had
     */
    public static Optional<MetricsServer> start(HostPort address, NodeMetrics metrics, Health health) {
        LIMITS.forEach((limit, value) -> {
            if (System.getProperty(limit) == null) {
                System.setProperty(limit, value);
            }
        });
        InetSocketAddress place = address.host().isEmpty()
                ? new InetSocketAddress(address.port())
                : new InetSocketAddress(address.host(), address.port());
        MetricsServer served;
        try {
            served = new MetricsServer(HttpServer.create(place, BACKLOG), metrics, health);
        } catch (IOException e) {
            LOG.warn(
                    "cannot show metrics on {}: {}; going on without: choose another address",
                    address,
                    String.valueOf(e.getMessage()));
            return Optional.empty();
        }
        served.server.setExecutor(served.threads);
        served.server.createContext("/", served::answer);
        served.server.start();
        LOG.info("showing metrics on port {}", served.port());
        return Optional.of(served);
    }

    /** The port that it serves on. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        boolean free = answers.tryAcquire();
        try (exchange) {
            if (!free) {
                send(exchange, 503, "busy: ask again\n");
            } else if (!exchange.getRequestMethod().equals("GET")
                    && !exchange.getRequestMethod().equals("HEAD")) {
                send(exchange, 405, "only GET\n");
            } else {
                show(exchange);
            }
        } catch (IOException e) {
            LOG.debug("an answer was not sent: {}", e.toString());
        } finally {
            if (free) {
                answers.release();
            }
        }
    }

    private void show(HttpExchange exchange) throws IOException {
        switch (exchange.getRequestURI().getPath()) {
            case "/metrics" -> {
                ByteArrayOutputStream text = new ByteArrayOutputStream();
                metrics.write(text);
                send(exchange, 200, NodeMetrics.contentType(), text.toByteArray());
            }
            case "/healthz" -> state(exchange, health.broken());
            case "/readyz" -> state(exchange, health.unready());
            default -> send(exchange, 404, "here are /metrics, /healthz and /readyz\n");
        }
    }

    private static void state(HttpExchange exchange, Map<String, String> problems) throws IOException {
        if (problems.isEmpty()) {
            send(exchange, 200, "ok\n");
            return;
        }
        StringBuilder text = new StringBuilder();
        problems.forEach(
                (what, why) -> text.append(what).append(": ").append(why).append('\n'));
        send(exchange, 503, text.toString());
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        send(exchange, status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
    }

    /** Stops serving at once. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
