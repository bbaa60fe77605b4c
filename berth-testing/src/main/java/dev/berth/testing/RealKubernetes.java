package dev.berth.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A real Kubernetes 1.20 without nodes: etcd, kube-apiserver and kube-controller-manager of {@code testbed/cluster}, on a loopback
 * address of its own. Tests that use it run with {@code -Dberth.cluster=true}, which {@code ./verify --cluster} sets, and are
 * skipped without; so they are where the programs are missing. {@link RealCluster} has a node as well.
 *
 * <p>The processes end when this is closed, and also when this JVM ends in whatever way.
 */
public final class RealKubernetes implements AutoCloseable {
    /** What the tests of a JVM share; initialised by the first of them. */
    private static final class Shared {
        private static final RealKubernetes INSTANCE = launch();
    }

    private final Testbed testbed;

    private RealKubernetes(Testbed testbed) {
        this.testbed = testbed;
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
        return launch();
    }

    /** Skips the running test unless suites on a real Kubernetes are wanted and its programs are there. */
    public static void require() {
        Testbed.require("--control-plane");
    }

    /** The directory of the programs: {@code CLUSTER_PROGRAMS}, or what {@code testbed/kubernetes} made. */
    public static Path programs() {
        return Testbed.programs();
    }

    private static RealKubernetes launch() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        // Two suites at a time would have to draw the same one of 15 million addresses.
        String address = "127." + random.nextInt(100, 200) + "." + random.nextInt(256) + "." + random.nextInt(1, 255);
        return new RealKubernetes(Testbed.run(Map.of("CLUSTER_ADDRESS", address), "--control-plane"));
    }

    /** The file by which its administrator gets in. */
    public Path kubeconfig() {
        return testbed.state().resolve("admin.conf");
    }

    /**
     * A file by which a user without any rights gets in: what it may, the test gives it.
     *
     * @param user a name for it
     */
    public Path kubeconfigAs(String user) {
        try {
            Path file = testbed.state().resolve("as-" + user + ".conf");
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
        command.add("--cache-dir=" + testbed.state().resolve("kubectl"));
        command.addAll(List.of(arguments));
        return new Command(command, Map.of()).run();
    }

    /** Has its API server ended: connections are refused from then on. */
    public void stopApi() {
        testbed.call("stop", "kube-apiserver").succeed();
    }

    /** Starts the API server again, and waits until it is ready. */
    public void startApi() {
        testbed.call("start", "kube-apiserver").succeed();
    }

    /** Halts the API server where it is: connections are accepted, and nothing is answered. */
    public void pauseApi() {
        testbed.call("signal", "STOP", "kube-apiserver").succeed();
    }

    /** Lets a halted API server go on. */
    public void resumeApi() {
        testbed.call("signal", "CONT", "kube-apiserver").succeed();
    }

    /** Ends its processes, and deletes its files. */
    @Override
    public void close() {
        testbed.close();
    }
}
