package dev.berth.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real Kubernetes of {@code testbed/cluster}, which ends when this is closed, and also when this process ends. */
final class TestCluster implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;

    private final String script;
    private final Path state;
    private final Process process;

    private TestCluster(String script, Path state, Process process) {
        this.script = script;
        this.state = state;
        this.process = process;
    }

    /** An API server with its controllers. */
    static TestCluster controlPlane(Bench bench) throws IOException, InterruptedException {
        return start(bench, "run", "--control-plane");
    }

    /** With a node, on which pods run. */
    static TestCluster withNode(Bench bench) throws IOException, InterruptedException {
        Program.of(bench.project().resolve("testbed/debian13").toString(), "true")
                .run();
        return start(bench, "run");
    }

    private static TestCluster start(Bench bench, String... options) throws IOException, InterruptedException {
        Program.of(bench.project().resolve("testbed/kubernetes").toString()).run();
        Path state = Files.createTempDirectory(bench.scratch(), "cluster-");
        String script = bench.project().resolve("testbed/cluster").toString();
        List<String> command = new ArrayList<>(List.of(script));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("CLUSTER_STATE", state.toString());
        builder.environment().put("CLUSTER_ADDRESS", "127.97.0.1");
        Process process = builder.start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        if (!"ready".equals(out.readLine())) {
            throw new IOException("testbed/cluster did not start; its logs are in " + state);
        }
        return new TestCluster(script, state, process);
    }

    Path kubeconfig() {
        return state.resolve("admin.conf");
    }

    /** The directory of its files. */
    Path state() {
        return state;
    }

    /** A call of the script, such as {@code kubectl get pods}. */
    Program call(String... arguments) {
        return Program.of(List.of("env", "CLUSTER_STATE=" + state, script), arguments);
    }

    /** Runs a command on the node until it is destroyed; it ends with the cluster, too. */
    Process spawn(Path log, String... command) throws IOException {
        return new ProcessBuilder(Program.of(call("exec").arguments(), command).arguments())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
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
