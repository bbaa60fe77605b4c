package dev.berth.kubernetes;

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
import java.util.concurrent.Executors;

/** An API server that gives the answers it was told to, one after another, and the last one again and again. */
final class FakeServer implements AutoCloseable {
    /** An answer; without a body the connection is cut. */
    record Answer(int status, String body, String header, String value) {
        static Answer of(int status, String body) {
            return new Answer(status, body, "Content-Type", "application/json");
        }

        static Answer status(int code, String reason, String message) {
            return of(
                    code,
                    "{\"kind\": \"Status\", \"reason\": \"%s\", \"message\": \"%s\", \"code\": %d}"
                            .formatted(reason, message, code));
        }

        static Answer cut() {
            return of(0, "");
        }

        Answer with(String name, String text) {
            return new Answer(status, body, name, text);
        }
    }

    private final HttpServer server;
    private final Deque<Answer> answers = new ArrayDeque<>();
    /** Method, path with query, and the authorization, of each request. */
    final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    FakeServer(Answer... answers) throws IOException {
        this.answers.addAll(List.of(answers));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    Cluster connect(Path directory, String user) throws ClusterException {
        return Cluster.connect(ClusterAddress.of(kubeconfig(directory, address(), user)));
    }

    static Path kubeconfig(Path directory, String address, String user) {
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
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI()
                + (authorization == null ? "" : " " + authorization));
        Answer answer;
        synchronized (answers) {
            answer = answers.size() > 1 ? answers.pop() : answers.getFirst();
        }
        try (exchange) {
            if (answer.status() == 0) {
                throw new IOException("cut");
            }
            exchange.getResponseHeaders().set(answer.header(), answer.value());
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
