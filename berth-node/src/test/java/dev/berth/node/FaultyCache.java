package dev.berth.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A directory that the real Nix wrote, served as a binary cache that does what a test wants. */
final class FaultyCache implements AutoCloseable {
    /** What it does with requests. */
    enum Mood {
        /** Answers. */
        WELL,
        /** Sends half of each NAR, then cuts the connection. */
        CUTS,
        /** Cuts every connection without an answer. */
        DEAD,
        /** Sends some bytes of each NAR, and then nothing. */
        HANGS,
        /** Begins to answer, and goes on only when it is well again. */
        LATE,
        /** Answers every request with noise. */
        GARBAGE
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Path directory;
    private final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();
    private volatile Mood mood = Mood.WELL;

    FaultyCache(Path directory) throws IOException {
        this.directory = directory;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    String uri() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void is(Mood now) {
        mood = now;
    }

    /** What was asked for, in order: the path, and behind a blank the range if there is one. Probes are left out. */
    List<String> requests() {
        return requests.stream().filter(it -> !it.startsWith("/nix-cache-info")).toList();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(path + (range == null ? "" : " " + range));
        try (exchange) {
            Path file = directory.resolve(path.substring(1));
            switch (mood) {
                case DEAD -> {}
                case GARBAGE ->
                    send(exchange, 200, "\u0000\u0001 noise: \n\n=\nNarHash".getBytes(StandardCharsets.UTF_8), 0);
                default -> {
                    if (!Files.isRegularFile(file)) {
                        exchange.sendResponseHeaders(404, -1);
                        return;
                    }
                    byte[] bytes = Files.readAllBytes(file);
                    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=([0-9]+)-.*", "$1"));
                    send(exchange, range == null ? 200 : 206, bytes, from);
                }
            }
        }
    }

    private void send(HttpExchange exchange, int status, byte[] bytes, int from) throws IOException {
        if (status == 206) {
            exchange.getResponseHeaders()
                    .add("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        }
        exchange.getResponseHeaders().add("ETag", "\"" + bytes.length + "\"");
        exchange.sendResponseHeaders(status, bytes.length - from);
        boolean nar = exchange.getRequestURI().getPath().startsWith("/nar/");
        int length = nar && mood != Mood.WELL ? (bytes.length - from) / 2 : bytes.length - from;
        OutputStream out = exchange.getResponseBody();
        out.write(bytes, from, length);
        out.flush();
        if (nar && mood == Mood.LATE) {
            while (mood == Mood.LATE && !Thread.currentThread().isInterrupted()) {
                pause(Duration.ofMillis(20));
            }
            out.write(bytes, from + length, bytes.length - from - length);
        }
        if (nar && mood == Mood.HANGS) {
            pause(Duration.ofMinutes(1));
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        server.stop(0);
    }
}
