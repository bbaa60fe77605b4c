package dev.berth.bench;

import dev.berth.nix.StoreDir;
import dev.berth.wire.SocketTransport;
import dev.berth.wire.Timeouts;
import dev.berth.wire.worker.WorkerClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A Nix daemon, the real one or Berth's, that serves a store of its own on a unix socket. */
final class Daemon implements AutoCloseable {
    private final ServerProcess process;
    private final Path root;
    private final Path socket;

    private Daemon(ServerProcess process, Path root, Path socket) {
        this.process = process;
        this.root = root;
        this.socket = socket;
    }

    /** The real one. */
    static Daemon nix(NixPeer peer, Path directory) throws IOException, InterruptedException {
        Path socket = directory.resolve("s");
        return start(
                peer.program(
                        "env",
                        "NIX_DAEMON_SOCKET_PATH=" + socket,
                        "nix-daemon",
                        "--option",
                        "store",
                        "local?root=" + directory.resolve("root"),
                        "--option",
                        "build-users-group",
                        ""),
                directory,
                socket);
    }

    /** Berth's. */
    static Daemon berth(Bench bench, Path directory) throws IOException, InterruptedException {
        Path socket = directory.resolve("s");
        return start(
                bench.berth(
                        "gateway", "--store", "local?root=" + directory.resolve("root"), "--unix", socket.toString()),
                directory,
                socket);
    }

    /** Berth's as a proxy to another daemon. */
    static Daemon proxy(Bench bench, Path directory, String upstream) throws IOException, InterruptedException {
        Path socket = directory.resolve("s");
        return start(bench.berth("gateway", "--store", upstream, "--unix", socket.toString()), directory, socket);
    }

    private static Daemon start(Program program, Path directory, Path socket) throws IOException, InterruptedException {
        Path root = Files.createDirectories(directory.resolve("root"));
        return new Daemon(ServerProcess.start(program, directory, () -> ServerProcess.accepts(socket)), root, socket);
    }

    /** A client without a pool and without patience. */
    WorkerClient connect() throws IOException {
        return WorkerClient.connect(SocketTransport.connect(socket, Duration.ZERO), StoreDir.DEFAULT, Timeouts.DEFAULT);
    }

    /** Where its store's files are. */
    Path root() {
        return root;
    }

    /** Its URI for clients. */
    String uri() {
        return "unix://" + socket;
    }

    /** What it serves, for clients; Nix reads the files of a daemon's store itself where it can, and asks the daemon only for path infos. */
    ServedStore store(Bench bench, NixPeer nix, Path scratch) {
        return new ServedStore(bench, nix, List.of(), scratch, uri(), uri() + "?root=" + root);
    }

    /** The memory of its processes now, in MiB; shared pages count for each. */
    double residentMebibytes() throws IOException {
        return process.residentMebibytes();
    }

    @Override
    public void close() {
        process.close();
    }
}
