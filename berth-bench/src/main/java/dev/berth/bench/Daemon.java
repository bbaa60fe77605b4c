package dev.berth.bench;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Nix daemon, the real one or Berth's, that serves a store of its own on a unix socket. */
final class Daemon implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(30);
    private static final long POLL_MILLIS = 20;

    private final Process process;
    private final Path root;
    private final Path socket;

    private Daemon(Process process, Path root, Path socket) {
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
        Files.createDirectories(directory.resolve("root"));
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(program.arguments())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Daemon daemon = new Daemon(process, directory.resolve("root"), socket);
        long deadline = System.nanoTime() + START.toNanos();
        while (!answers(socket)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                daemon.close();
                throw new IOException("no daemon on " + socket + ", it said: " + Files.readString(log));
            }
            Thread.sleep(POLL_MILLIS);
        }
        return daemon;
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
        double all = 0;
        for (ProcessHandle handle : family()) {
            Path status = Path.of("/proc", Long.toString(handle.pid()), "status");
            if (Files.exists(status)) {
                all += Files.readAllLines(status).stream()
                                .filter(line -> line.startsWith("VmRSS:"))
                                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                                .findFirst()
                                .orElse(0)
                        / 1024.0;
            }
        }
        return all;
    }

    private List<ProcessHandle> family() {
        List<ProcessHandle> family = new ArrayList<>(process.descendants().toList());
        family.add(process.toHandle());
        return family;
    }

    /** Ends it and the processes that it started. */
    @Override
    public void close() {
        List<ProcessHandle> family = family();
        family.forEach(ProcessHandle::destroy);
        try {
            if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) {
                family.forEach(ProcessHandle::destroyForcibly);
            }
        } catch (InterruptedException e) {
            family.forEach(ProcessHandle::destroyForcibly);
            Thread.currentThread().interrupt();
        }
    }
}
