package dev.berth.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A real Kubernetes 1.20 without nodes: etcd, kube-apiserver and kube-controller-manager of {@code testbed/cluster}, on a loopback
 * address of its own. Tests that use it run with {@code -Dberth.cluster=true}, which {@code ./verify --cluster} sets, and are
 * skipped without; so they are where the programs are missing.
 *
 * <p>The processes end when this is closed, and also when this JVM ends in whatever way: the script that started them waits for
 * the end of its input.
 */
public final class RealKubernetes implements AutoCloseable {
    private static final long LIMIT_SECONDS = 120;

    /** What the tests of a JVM share; initialised by the first of them. */
    private static final class Shared {
        private static final RealKubernetes INSTANCE = launch("shared");
    }

    private final Path state;
    private final Process process;

    private RealKubernetes(Path state, Process process) {
        this.state = state;
        this.process = process;
    }

    /**
     * The one that all tests of this JVM share, for tests that keep to namespaces and names of their own. Nobody closes it.
     */
    public static RealKubernetes shared() {
        require();
        return Shared.INSTANCE;
    }

    /** One of the test's own, which it closes: for tests that stop it, or need it empty. */
    public static RealKubernetes start() {
        require();
        return launch("own");
    }

    /** Skips the running test unless suites on a real Kubernetes are wanted and its programs are there. */
    public static void require() {
        Requires.that(Boolean.getBoolean("berth.cluster"), "needs a real Kubernetes: ./verify --cluster");
        Requires.that(
                Files.isExecutable(programs().resolve("kube-apiserver")),
                "no Kubernetes in " + programs() + ": testbed/kubernetes makes it");
        Requires.program("etcd");
        Requires.program("openssl");
    }

    /** The directory of the programs: {@code CLUSTER_PROGRAMS}, or what {@code testbed/kubernetes} made. */
    public static Path programs() {
        String named = System.getenv("CLUSTER_PROGRAMS");
        return named == null ? Project.root().resolve(".cache/kubernetes/bin") : Path.of(named);
    }

    private static RealKubernetes launch(String name) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        // Two suites at a time would have to draw the same one of 15 million addresses.
        String address = "127." + random.nextInt(100, 200) + "." + random.nextInt(256) + "." + random.nextInt(1, 255);
        try {
            Path state = Files.createTempDirectory("berth-kubernetes-" + name);
            ProcessBuilder builder = new ProcessBuilder(script(), "run", "--control-plane")
                    .redirectError(state.resolve("up.log").toFile());
            builder.environment().put("CLUSTER_STATE", state.toString());
            builder.environment().put("CLUSTER_ADDRESS", address);
            builder.environment().put("CLUSTER_PROGRAMS", programs().toString());
            Process process = builder.start();
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            if (!"ready".equals(out.readLine())) {
                throw new AssertionError("testbed/cluster: " + Files.readString(state.resolve("up.log")));
            }
            return new RealKubernetes(state, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String script() {
        return Project.root().resolve("testbed/cluster").toString();
    }

    /** The file by which its administrator gets in. */
    public Path kubeconfig() {
        return state.resolve("admin.conf");
    }

    /**
     * A file by which a user without any rights gets in: what it may, the test gives it.
     *
     * @param user a name for it
     */
    public Path kubeconfigAs(String user) {
        try {
            Path file = state.resolve("as-" + user + ".conf");
            String admin = Files.readString(kubeconfig());
            return Files.writeString(file, admin.replace("  user: {", "  user: {as: \"" + user + "\", "));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs kubectl as administrator; any exit code is returned. */
    public Command.Result kubectl(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(programs().resolve("kubectl").toString());
        command.add("--kubeconfig=" + kubeconfig());
        command.add("--cache-dir=" + state.resolve("kubectl"));
        command.addAll(List.of(arguments));
        return new Command(command, Map.of()).run();
    }

    /** Has its API server ended: connections are refused from then on. */
    public void stopApi() {
        testbed("stop", "kube-apiserver");
    }

    /** Starts the API server again, and waits until it is ready. */
    public void startApi() {
        testbed("start", "kube-apiserver");
    }

    /** Halts the API server where it is: connections are accepted, and nothing is answered. */
    public void pauseApi() {
        testbed("signal", "STOP", "kube-apiserver");
    }

    /** Lets a halted API server go on. */
    public void resumeApi() {
        testbed("signal", "CONT", "kube-apiserver");
    }

    private void testbed(String... arguments) {
        List<String> command = new ArrayList<>(List.of(script()));
        command.addAll(List.of(arguments));
        new Command(command, Map.of("CLUSTER_STATE", state.toString())).succeed();
    }

    /** Ends its processes, and deletes its files. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("testbed/cluster did not end; its files are in " + state);
            }
            new Command(List.of("rm", "-rf", state.toString()), Map.of()).succeed();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while ending Kubernetes", e);
        }
    }
}
