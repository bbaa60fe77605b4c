package dev.berth.store.cache;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A web server that takes files by PUT and gives them back, as those do that people keep binary caches on. */
final class UploadServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Path directory;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile Function<String, Integer> refusal = _ -> 0;

    UploadServer(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String name = exchange.getRequestURI().getPath().substring(1);
        String request = exchange.getRequestMethod() + " " + name;
        requests.add(request);
        Path file = directory.resolve(name).normalize();
        try (exchange) {
            int refused = refusal.apply(request);
            if (refused != 0) {
                exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
                byte[] words = "because I say so\n".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(refused, words.length);
                exchange.getResponseBody().write(words);
                return;
            }
            if (exchange.getRequestMethod().equals("PUT")) {
                if (exchange.getRequestHeaders().getFirst("Content-Length") == null) {
                    exchange.sendResponseHeaders(411, -1);
                    return;
                }
                Files.createDirectories(file.resolveSibling("."));
                try (InputStream body = exchange.getRequestBody()) {
                    Files.write(file, body.readAllBytes());
                }
                String encoding = exchange.getRequestHeaders().getFirst("Content-Encoding");
                if (encoding != null) {
                    Files.writeString(file.resolveSibling(file.getFileName() + ".encoding"), encoding);
                }
                exchange.sendResponseHeaders(201, -1);
            } else if (!Files.isRegularFile(file)) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                byte[] bytes = Files.readAllBytes(file);
                Path encoding = file.resolveSibling(file.getFileName() + ".encoding");
                if (Files.exists(encoding)) {
                    exchange.getResponseHeaders().add("Content-Encoding", Files.readString(encoding));
                }
                boolean head = exchange.getRequestMethod().equals("HEAD");
                exchange.sendResponseHeaders(200, head || bytes.length == 0 ? -1 : bytes.length);
                if (!head && bytes.length > 0) {
                    exchange.getResponseBody().write(bytes);
                }
            }
        }
    }

    /** @param rule what status to refuse a request with, such as {@code PUT nar/x}, or 0 */
    void refuse(Function<String, Integer> rule) {
        refusal = rule;
    }

    /** What was asked for, as {@code METHOD name}. */
    List<String> requests() {
        return requests;
    }

    String uri() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
