package dev.berth.bench;

import dev.berth.node.csi.CsiClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A node agent in a process of its own, {@code berth node}, as it runs on a node. */
final class AgentProcess implements AutoCloseable {
    private static final Duration CALL = Duration.ofMinutes(5);

    private final ServerProcess process;
    private final CsiClient client;

    private AgentProcess(ServerProcess process, CsiClient client) {
        this.process = process;
        this.client = client;
    }

    /** Starts an agent on the store at a root, with this presentation, and waits until it is ready. */
    static AgentProcess start(Bench bench, Path root, String presentation) throws IOException, InterruptedException {
        Path directory = Files.createDirectory(bench.fresh("agent"));
        Path socket = directory.resolve("csi.sock");
        Program program = bench.berth(
                "node", "--root", root.toString(), "--csi-socket", socket.toString(), "--presentation", presentation);
        ServerProcess process = ServerProcess.start(program, directory, () -> ServerProcess.accepts(socket));
        AgentProcess agent = new AgentProcess(process, CsiClient.connect(socket, CALL));
        try {
            if (!agent.client.ready()) {
                throw new IOException("the agent is not ready");
            }
            return agent;
        } catch (IOException | RuntimeException e) {
            agent.close();
            throw e;
        }
    }

    /** A client of its socket. */
    CsiClient client() {
        return client;
    }

    /** The memory that it has now, in MiB. */
    double residentMebibytes() throws IOException {
        return process.residentMebibytes();
    }

    /** The most memory that it has had, in MiB. */
    double peakMebibytes() throws IOException {
        return process.peakMebibytes();
    }

    @Override
    public void close() {
        client.close();
        process.close();
    }
}
