package dev.berth.bench;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

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
        return new Daemon(ServerProcess.start(program, directory, () -> answers(socket)), root, socket);
    }

    private static boolean answers(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }

    Path socket() {
        return socket;
    }

    /** Where its store's files are. */
    Path root() {
        return root;
    }

    /** Its URI for clients. */
    String uri() {
        return "unix://" + socket;
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
