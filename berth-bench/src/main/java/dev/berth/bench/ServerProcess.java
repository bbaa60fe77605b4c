package dev.berth.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A program that serves until it is closed, with the processes that it starts. */
final class ServerProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(30);
    private static final long POLL_MILLIS = 20;

    private final Process process;

    private ServerProcess(Process process) {
        this.process = process;
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
        ServerProcess server = new ServerProcess(new ProcessBuilder(program.arguments())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start());
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
