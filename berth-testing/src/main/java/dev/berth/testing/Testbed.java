package dev.berth.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A cluster of {@code testbed/cluster run}. It ends when this is closed, and also when this JVM ends in whatever way: the script
 * waits for the end of its input.
 */
final class Testbed implements AutoCloseable {
    private static final long LIMIT_SECONDS = 120;

    private final Path state;
    private final Process process;

    private Testbed(Path state, Process process) {
        this.state = state;
        this.process = process;
    }

    /**
     * Starts one and waits until it is ready.
     *
     * @param settings what is set beside {@code CLUSTER_STATE} and {@code CLUSTER_PROGRAMS}
     * @param options of {@code testbed/cluster run}
     */
    static Testbed run(Map<String, String> settings, String... options) {
        try {
            Path state = Files.createTempDirectory("berth-kubernetes");
            List<String> command = new ArrayList<>(List.of(script(), "run"));
            command.addAll(List.of(options));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectError(state.resolve("up.log").toFile());
            builder.environment().putAll(settings);
            builder.environment().put("CLUSTER_STATE", state.toString());
            builder.environment().put("CLUSTER_PROGRAMS", programs().toString());
            Process process = builder.start();
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            if (!"ready".equals(out.readLine())) {
                throw new AssertionError("testbed/cluster: " + Files.readString(state.resolve("up.log")));
            }
            return new Testbed(state, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Skips the running test unless suites on a real Kubernetes are wanted and such a cluster can run here. */
    static void require(String... options) {
        Requires.that(Boolean.getBoolean("berth.cluster"), "needs a real Kubernetes: ./verify --cluster");
        List<String> check = new ArrayList<>(List.of(script(), "check"));
        check.addAll(List.of(options));
        Command.Result result =
                new Command(check, Map.of("CLUSTER_PROGRAMS", programs().toString())).run();
        Requires.that(result.exitCode() == 0, result.stdout().strip());
    }

    /** The directory of Kubernetes' programs: {@code CLUSTER_PROGRAMS}, or what {@code testbed/kubernetes} made. */
    static Path programs() {
        String named = System.getenv("CLUSTER_PROGRAMS");
        return named == null ? Project.root().resolve(".cache/kubernetes/bin") : Path.of(named);
    }

    private static String script() {
        return Project.root().resolve("testbed/cluster").toString();
    }

    /** The directory of its files. */
    Path state() {
        return state;
    }

    /** A call of the script, such as {@code stop kubelet}. */
    Command call(String... arguments) {
        return new Command(
                Stream.concat(Stream.of(script()), Stream.of(arguments)).toList(), environment());
    }

    /** What a call of the script needs to find this cluster. */
    Map<String, String> environment() {
        return new HashMap<>(Map.of("CLUSTER_STATE", state.toString()));
    }

    /** Starts a call that lasts, such as {@code exec sleep 100}; what it says goes to a file. */
    Process start(Path log, List<String> arguments) {
        ProcessBuilder builder = new ProcessBuilder(
                        Stream.concat(Stream.of(script()), arguments.stream()).toList())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends its processes, and deletes its files. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("testbed/cluster did not end; its files are in " + state);
            }
            Command.of("rm", "-rf", state.toString()).succeed();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while ending Kubernetes", e);
        }
    }
}
