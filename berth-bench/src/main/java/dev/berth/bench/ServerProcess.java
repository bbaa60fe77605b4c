package dev.berth.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A program that serves until it is closed, with the processes that it starts. */
final class ServerProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final long POLL_MILLIS = 20;

    private final Process process;
    private final Path log;

    private ServerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Starts one and waits until it serves.
     *
     * @param directory an existing one, where its log is written
     * @throws IOException if it does not, with what it said
     */
    static ServerProcess start(Program program, Path directory, BooleanSupplier serves)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "server", ".log");
        Process process = new ProcessBuilder(program.arguments())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        ServerProcess server = new ServerProcess(process, log);
        long deadline = System.nanoTime() + START.toNanos();
        while (!serves.getAsBoolean()) {
            if (!server.process.isAlive() || System.nanoTime() > deadline) {
                server.close();
                throw new IOException(program.arguments() + " does not serve, it said: " + Files.readString(log));
            }
            Thread.sleep(POLL_MILLIS);
        }
        return server;
    }

    /** A port of the loopback address that nobody has now. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Whether somebody accepts connections there. */
    static boolean accepts(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether somebody accepts connections there. */
    static boolean accepts(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }

    /** The memory of its processes now, in MiB; shared pages count for each. */
    double residentMebibytes() throws IOException {
        return mebibytes("VmRSS:");
    }

    /** The most memory that each of its processes has had, in MiB. */
    double peakMebibytes() throws IOException {
        return mebibytes("VmHWM:");
    }

    private double mebibytes(String key) throws IOException {
        if (!process.isAlive()) {
            throw new IOException("a server has ended by itself: see " + log);
        }
        double all = 0;
        for (ProcessHandle handle : family()) {
            Path status = Path.of("/proc", Long.toString(handle.pid()), "status");
            if (Files.exists(status)) {
                all += Files.readAllLines(status).stream()
                                .filter(line -> line.startsWith(key))
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
