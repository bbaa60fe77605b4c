package dev.berth.store.cache;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What the servers of the services have in common that tests write from their documentation. */
abstract class ContractServer implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    ContractServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** An answer. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Answer(int status, byte[] body, String tag) {
        static Answer json(int status, JsonNode body) {
            return new Answer(status, body.toString().getBytes(StandardCharsets.UTF_8), "");
        }

        static Answer text(int status, String body) {
            return new Answer(status, body.getBytes(StandardCharsets.UTF_8), "");
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Answer answer = answer(exchange, body);
            if (!answer.tag().isEmpty()) {
                exchange.getResponseHeaders().add("ETag", answer.tag());
            }
            boolean head = exchange.getRequestMethod().equals("HEAD");
            boolean empty = head || answer.body().length == 0;
            exchange.sendResponseHeaders(answer.status(), empty ? -1 : answer.body().length);
            if (!empty) {
                exchange.getResponseBody().write(answer.body());
            }
        }
    }

    abstract Answer answer(HttpExchange exchange, byte[] body) throws IOException;

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    static boolean hasToken(HttpExchange exchange, String token) {
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        return given != null && given.equalsIgnoreCase("bearer " + token) && given.endsWith(token);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
