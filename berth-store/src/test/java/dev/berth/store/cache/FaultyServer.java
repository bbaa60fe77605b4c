package dev.berth.store.cache;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/** An HTTP server on a socket that serves a directory, and whatever faults a test asks for. */
final class FaultyServer implements AutoCloseable {
    private final ServerSocket socket;
    private final Path directory;
    private final Map<String, Function<Request, Reply>> faults = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Socket> connections = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** @param headers by lower-case name */
    record Request(String path, Map<String, String> headers) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    /** What is sent; after {@code cutAt} bytes of the body the connection is cut, or hangs. */
    static final class Reply {
        private final int status;
        private final byte[] body;
        private final Map<String, String> headers = new LinkedHashMap<>();
        private long cutAt = Long.MAX_VALUE;
        private boolean hangs;

        Reply(int status, byte[] body) {
            this.status = status;
            this.body = body;
            headers.put("Content-Length", Integer.toString(body.length));
        }

        static Reply text(int status, String text) {
            return new Reply(status, text.getBytes(StandardCharsets.UTF_8));
        }

        Reply with(String name, String value) {
            headers.put(name, value);
            return this;
        }

        Reply without(String name) {
            headers.remove(name);
            return this;
        }

        Reply cutAt(long bytes) {
            cutAt = bytes;
            return this;
        }

        Reply hangingAt(long bytes) {
            cutAt = bytes;
            hangs = true;
            return this;
        }
    }

    FaultyServer(Path directory) throws IOException {
        this.directory = directory;
        this.socket = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    String uri() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    /** Answers a path, from now on, as the function says. */
    void on(String path, Function<Request, Reply> fault) {
        faults.put(path, fault);
    }

    List<Request> requests() {
        return requests;
    }

    int connectionCount() {
        return connections.size();
    }

    long requestsOf(String path) {
        return requests.stream().filter(request -> request.path().equals(path)).count();
    }

    /** The file as a server that knows ranges gives it. */
    Reply file(Request request) {
        Path file = directory.resolve(request.path().substring(1).replaceAll("\\?.*", ""));
        if (!Files.isRegularFile(file)) {
            return Reply.text(404, "not here");
        }
        try {
            return ranged(request, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Reply ranged(Request request, byte[] bytes) {
        String range = request.header("range");
        if (!range.isEmpty()) {
            int from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
            byte[] rest = java.util.Arrays.copyOfRange(bytes, from, bytes.length);
            return new Reply(206, rest)
                    .with("ETag", "\"one\"")
                    .with("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        }
        return new Reply(200, bytes).with("ETag", "\"one\"");
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
            OutputStream out = connection.getOutputStream();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ", 3);
                if (words.length < 3) {
                    return; // a client that was stopped while it wrote
                }
                String path = words[1];
                Map<String, String> headers = new TreeMap<>();
                for (String header = in.readLine(); header != null && !header.isEmpty(); header = in.readLine()) {
                    int colon = header.indexOf(':');
                    headers.put(
                            header.substring(0, colon).toLowerCase(Locale.ROOT),
                            header.substring(colon + 1).strip());
                }
                Request request = new Request(path, headers);
                requests.add(request);
                Reply reply = faults.getOrDefault(path, this::file).apply(request);
                StringBuilder head = new StringBuilder("HTTP/1.1 " + reply.status + " Status\r\n");
                reply.headers.forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
                out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
                out.write(reply.body, 0, (int) Math.min(reply.cutAt, reply.body.length));
                out.flush();
                if (reply.cutAt < reply.body.length || !reply.headers.containsKey("Content-Length")) {
                    if (reply.hangs) {
                        closed.await();
                    }
                    return;
                }
            }
        } catch (IOException e) {
            // The client went away, as it may.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        socket.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }
}
