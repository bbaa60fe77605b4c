package dev.berth.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A server of a binary cache over HTTP on this machine: Berth's gateway, or nginx with the files of a cache. */
final class WebServer implements AutoCloseable {
    private final ServerProcess process;
    private final int port;

    private WebServer(ServerProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Berth with a store. */
    static WebServer berth(Bench bench, Path directory, String store) throws IOException, InterruptedException {
        int port = ServerProcess.freePort();
        return start(bench.berth("gateway", "--store", store, "--http", "127.0.0.1:" + port), directory, port);
    }

    /** nginx with a directory of files, set up as for a mirror: no log, files kept open, sent by the kernel. */
    static WebServer nginx(Path directory, Path files) throws IOException, InterruptedException {
        int port = ServerProcess.freePort();
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

    private static WebServer start(Program program, Path directory, int port) throws IOException, InterruptedException {
        return new WebServer(ServerProcess.start(program, directory, () -> ServerProcess.accepts(port)), port);
    }

    String uri() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.close();
    }
}
