package dev.berth.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A real API server of {@code testbed/cluster}, which ends when this is closed, and also when this process ends. */
final class ControlPlane implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;

    private final Path state;
    private final Process process;

    private ControlPlane(Path state, Process process) {
        this.state = state;
        this.process = process;
    }

    static ControlPlane start(Bench bench) throws IOException, InterruptedException {
        Program.of(bench.project().resolve("testbed/kubernetes").toString()).run();
        Path state = Files.createTempDirectory(bench.scratch(), "cluster-");
        ProcessBuilder builder = new ProcessBuilder(
                        bench.project().resolve("testbed/cluster").toString(), "run", "--control-plane")
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("CLUSTER_STATE", state.toString());
        builder.environment().put("CLUSTER_ADDRESS", "127.97.0.1");
        Process process = builder.start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        if (!"ready".equals(out.readLine())) {
            throw new IOException("testbed/cluster did not start; its logs are in " + state);
        }
        return new ControlPlane(state, process);
    }

    Path kubeconfig() {
        return state.resolve("admin.conf");
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("testbed/cluster did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
