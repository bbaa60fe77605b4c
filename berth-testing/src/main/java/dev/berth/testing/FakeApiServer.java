package dev.berth.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** An API server for what a real one does not do when it is wanted: it gives the answers it was told to. */
public final class FakeApiServer implements AutoCloseable {
    private static final int CUT = 0;
    private static final int STALLED = -1;

    /** A request. */
    public record Request(String method, String path, String body) {}

    /** An answer with one header. */
    public record Answer(int status, String body, String header, String value) {
        /** JSON, or what is to be taken for it. */
        public static Answer of(int status, String body) {
            return new Answer(status, body, "Content-Type", "application/json");
        }

        /** A Status. */
        public static Answer status(int code, String reason, String message) {
            return of(
                    code,
                    "{\"kind\": \"Status\", \"reason\": \"%s\", \"message\": \"%s\", \"code\": %d}"
                            .formatted(reason, message, code));
        }

        /** The connection ends instead. */
        public static Answer cut() {
            return of(CUT, "");
        }

        /** None, until the server is closed. */
        public static Answer stalled() {
            return of(STALLED, "");
        }

        /** With another header. */
        public Answer with(String name, String text) {
            return new Answer(status, body, name, text);
        }
    }

    private final HttpServer server;
    private final Function<Request, Answer> answers;
    private final CountDownLatch closed = new CountDownLatch(1);
    /** Method, path with query, and the authorization, of each request. */
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    /** Gives these answers, one after another, and the last one again and again. */
    public FakeApiServer(Answer... answers) throws IOException {
        this(oneAfterAnother(answers));
    }

    /** Gives each request its answer. */
    public FakeApiServer(Function<Request, Answer> answers) throws IOException {
        this.answers = answers;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    private static Function<Request, Answer> oneAfterAnother(Answer... answers) {
        Deque<Answer> left = new ArrayDeque<>(List.of(answers));
        return _ -> {
            synchronized (left) {
                return left.size() > 1 ? left.pop() : left.getFirst();
            }
        };
    }

    /** Where it is. */
    public String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Method, path with query, and the authorization if there is one, of each request so far. */
    public List<String> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    /**
     * Writes the file by which it is found.
     *
     * @param user the user in it, as YAML
     */
    public Path kubeconfig(Path directory, String user) {
        return kubeconfig(directory, address(), user);
    }

    /** Writes the file by which a server is found. */
    public static Path kubeconfig(Path directory, String address, String user) {
        try {
            return Files.writeString(directory.resolve("config"), """
                    kind: Config
                    clusters: [{name: c, cluster: {server: "%s"}}]
                    users: [{name: u, user: %s}]
                    contexts: [{name: x, context: {cluster: c, user: u}}]
                    current-context: x
                    """.formatted(address, user));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        String path = exchange.getRequestURI().toString();
        requests.add(exchange.getRequestMethod() + " " + path + (authorization == null ? "" : " " + authorization));
        String sent = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        try (exchange) {
            Answer answer = answers.apply(new Request(exchange.getRequestMethod(), path, sent));
            if (answer.status() == CUT || answer.status() == STALLED) {
                if (answer.status() == STALLED) {
                    closed.await();
                }
                throw new IOException("cut");
            }
            exchange.getResponseHeaders().set(answer.header(), answer.value());
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
    }
}
