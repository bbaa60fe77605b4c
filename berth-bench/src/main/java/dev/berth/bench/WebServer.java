package dev.berth.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server of a binary cache over HTTP on this machine: Berth's gateway, or nginx with the files of a cache. */
final class WebServer implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(30);
    private static final long POLL_MILLIS = 20;

    private final Process process;
    private final int port;

    private WebServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Berth with a store. */
    static WebServer berth(Bench bench, Path directory, String store) throws IOException, InterruptedException {
        int port = freePort();
        return start(bench.berth("gateway", "--store", store, "--http", "127.0.0.1:" + port), directory, port);
    }

    /** nginx with a directory of files, set up as for a mirror: no log, files kept open, sent by the kernel. */
    static WebServer nginx(Path directory, Path files) throws IOException, InterruptedException {
        int port = freePort();
        Path config = Files.writeString(directory.resolve("nginx.conf"), """
                user root;
                daemon off;
                worker_processes 2;
                pid %1$s/nginx.pid;
                error_log %1$s/nginx.log;
                events { worker_connections 4096; }
                http {
                  access_log off;
                  sendfile on;
                  tcp_nopush on;
                  open_file_cache max=10000;
                  open_file_cache_valid 60s;
                  keepalive_requests 10000000;
                  types { text/x-nix-narinfo narinfo; application/x-nix-nar nar; }
                  server { listen 127.0.0.1:%2$d; root %3$s; }
                }
                """.formatted(directory, port, files));
        return start(Program.of("nginx", "-e", directory + "/nginx.log", "-c", config.toString()), directory, port);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static WebServer start(Program program, Path directory, int port) throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "server", ".log");
        Process process = new ProcessBuilder(program.arguments())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        WebServer server = new WebServer(process, port);
        long deadline = System.nanoTime() + START.toNanos();
        while (!answers(port)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                server.close();
                throw new IOException("no server on port " + port + ", it said: " + Files.readString(log));
            }
            Thread.sleep(POLL_MILLIS);
        }
        return server;
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    String uri() {
        return "http://127.0.0.1:" + port;
    }

    /** Ends it by its process, and what that started. */
    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                children.forEach(ProcessHandle::destroyForcibly);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
