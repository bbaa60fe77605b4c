package dev.berth.bench;

import dev.berth.node.csi.CsiClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A node agent in a process of its own, {@code berth node}, as it runs on a node. */
final class AgentProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration CALL = Duration.ofMinutes(5);
    private static final long POLL_MILLIS = 20;

    private final Process process;
    private final Path log;
    private final CsiClient client;

    private AgentProcess(Process process, Path log, CsiClient client) {
        this.process = process;
        this.log = log;
        this.client = client;
    }

    /** Starts an agent on the store at a root, with this presentation, and waits until it is ready. */
    static AgentProcess start(Bench bench, Path root, String presentation) throws IOException, InterruptedException {
        Path socket = bench.fresh("csi.sock");
        Path log = bench.fresh("agent.log");
        Process process = new ProcessBuilder(
                        bench.project().resolve("berth").toString(),
                        "node",
                        "--root",
                        root.toString(),
                        "--csi-socket",
                        socket.toString(),
                        "--presentation",
                        presentation)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        AgentProcess agent = new AgentProcess(process, log, CsiClient.connect(socket, CALL));
        try {
            agent.await(socket);
            return agent;
        } catch (IOException | InterruptedException | RuntimeException e) {
            agent.close();
            throw e;
        }
    }

    private void await(Path socket) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        while (!Files.exists(socket)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException("the agent does not serve " + socket + ", it said: " + Files.readString(log));
            }
            Thread.sleep(POLL_MILLIS);
        }
        if (!client.ready()) {
            throw new IOException("the agent is not ready");
        }
    }

    /** A client of its socket. */
    CsiClient client() {
        return client;
    }

    /** The memory that it has now, in MiB. */
    double residentMebibytes() throws IOException {
        return status("VmRSS:");
    }

    /** The most memory that it has had, in MiB. */
    double peakMebibytes() throws IOException {
        return status("VmHWM:");
    }

    private double status(String key) throws IOException {
        // ./berth becomes the JVM, so its process is the agent's.
        return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
                        .filter(line -> line.startsWith(key))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                        .findFirst()
                        .orElseThrow(() -> new IOException("no " + key + " of the agent: has it ended? See " + log))
                / 1024.0;
    }

    /** Ends it. */
    @Override
    public void close() {
        client.close();
        process.destroy();
        try {
            if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
