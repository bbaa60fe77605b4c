package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.expression.ExpressionConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An agent in a process of its own, to be killed. */
final class AgentProcess implements AutoCloseable {
    private final Process process;
    private final Path socket;
    private final Thread reader;

    private AgentProcess(Process process, Path socket) throws IOException {
        this.process = process;
        this.socket = socket;
        BufferedReader out = process.inputReader();
        awaitReady(out);
        this.reader = Thread.ofPlatform().daemon().start(() -> out.lines().forEach(line -> {}));
    }

    /** The agent: {@code ROOT SOCKET PRESENTATION [SUBSTITUTER [NIX]]}, where {@code -} is none. */
    public static void main(String[] arguments) throws InterruptedException {
        NodeConfig config = NodeConfig.of(Path.of(arguments[0]), Path.of(arguments[1]))
                .withPresentation(PresentationChoice.valueOf(arguments[2]));
        if (arguments.length > 3 && !arguments[3].equals("-")) {
            config = config.withSubstituters(List.of(arguments[3]), List.of());
        }
        if (arguments.length > 4) {
            config = config.withExpressions(ExpressionConfig.of(arguments[4]));
        }
        serve(config);
    }

    /** Is an agent until it is killed. */
    static void serve(NodeConfig config) throws InterruptedException {
        NodeAgent agent = NodeAgent.start(config);
        System.out.println("ready on " + agent.config().sockets());
        Thread.sleep(Duration.ofMinutes(5));
    }

    /** An agent on {@code dir/root} and {@code dir/crash.sock}, which serves when this returns. */
    static AgentProcess start(Path dir, PresentationChoice presentation, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(presentation.name()));
        arguments.addAll(List.of(more));
        return start(AgentProcess.class, dir, arguments);
    }

    /**
     * As above, of a test's own.
     *
     * @param program has a {@code main}, which is given {@code ROOT SOCKET} and the arguments, and calls {@link #serve}
     */
    static AgentProcess start(Class<?> program, Path dir, List<String> arguments) throws IOException {
        Path socket = dir.resolve("crash.sock");
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName(),
                dir.resolve("root").toString(),
                socket.toString()));
        line.addAll(arguments);
        Process started = new ProcessBuilder(line).redirectErrorStream(true).start();
        try {
            return new AgentProcess(started, socket);
        } catch (IOException | AssertionError e) {
            started.destroyForcibly();
            throw e;
        }
    }

    private static void awaitReady(BufferedReader out) throws IOException {
        StringBuilder said = new StringBuilder();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("ready on")) {
                return;
            }
            said.append(line).append('\n');
        }
        throw new AssertionError("the agent ended: " + said);
    }

    Path socket() {
        return socket;
    }

    /** Kills it by SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        reader.join();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
