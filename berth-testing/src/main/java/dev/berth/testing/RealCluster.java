package dev.berth.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A real Kubernetes 1.20 with one node, {@code localhost}, on which pods really run: kubelet, containerd with NRI, and runc, in
 * process, mount and network namespaces of their own. What shall see the node's mounts, sockets and API server runs there
 * ({@link #spawn}, {@link #run}); files are the machine's, but for /run, /var/lib and /var/log.
 *
 * <p>Images: {@code localhost/busybox:1}, and {@code localhost/scratch:1}, which is empty. Tests that use it run with
 * {@code -Dberth.cluster=true}, which {@code ./verify --cluster} sets, and are skipped without; so they are where no node can run.
 */
public final class RealCluster {
    /** What the tests of a JVM share; initialised by the first of them. */
    private static final class Shared {
        private static final RealCluster INSTANCE = new RealCluster(Testbed.run(Map.of()));
    }

    private final Testbed testbed;

    private RealCluster(Testbed testbed) {
        this.testbed = testbed;
    }

    /** The one that all tests of this JVM share. Nobody closes it: it ends with the JVM. */
    public static RealCluster shared() {
        Testbed.require();
        return Shared.INSTANCE;
    }

    /** The file by which its administrator gets in, from within. */
    public Path kubeconfig() {
        return testbed.state().resolve("admin.conf");
    }

    /** The log of one of its programs, such as {@code kubelet}. */
    public Path log(String program) {
        return testbed.state().resolve("log").resolve(program + ".log");
    }

    /** Where the files of the node's kubelet directory, /var/lib/kubelet, lie; what is mounted there is not seen from here. */
    public Path kubeletDir() {
        return testbed.state().resolve("var/lib/kubelet");
    }

    /** Runs kubectl as administrator; any exit code is returned. */
    public Command.Result kubectl(String... arguments) {
        List<String> call = new ArrayList<>(List.of("kubectl"));
        call.addAll(List.of(arguments));
        return testbed.call(call.toArray(String[]::new)).run();
    }

    /** Runs kubectl, which must succeed, and gives what it printed without the last line break. */
    public String output(String... arguments) {
        Command.Result result = kubectl(arguments);
        if (result.exitCode() != 0) {
            throw new AssertionError("kubectl " + String.join(" ", arguments) + ": " + result.stderr());
        }
        return result.stdout().strip();
    }

    /** Applies objects, in YAML. */
    public void apply(String manifest) {
        try {
            Path file = Files.createTempFile("berth-manifest", ".yaml");
            Files.writeString(file, manifest);
            output("apply", "-f", file.toString());
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command on the node to its end; any exit code is returned. */
    public Command.Result run(List<String> command) {
        List<String> call = new ArrayList<>(List.of("exec"));
        call.addAll(command);
        return testbed.call(call.toArray(String[]::new)).run();
    }

    /** Starts a command on the node; what it says is added to a file. */
    public Spawned spawn(Path log, List<String> command) {
        List<String> call = new ArrayList<>(List.of("exec"));
        call.addAll(command);
        return new Spawned(testbed.start(log, call));
    }

    /** A process on the node. Closing it ends it by SIGKILL. */
    public static final class Spawned implements AutoCloseable {
        // What enters the namespaces, which has the command as its only child.
        private final Process entry;

        private Spawned(Process entry) {
            this.entry = entry;
        }

        /** Whether it still runs. */
        public boolean isAlive() {
            return entry.isAlive();
        }

        /** Has it end by SIGTERM, and waits for that. */
        public void terminate() {
            entry.children().forEach(ProcessHandle::destroy);
            awaitEnd();
        }

        /** Has it end by SIGKILL, and waits for that. */
        @Override
        public void close() {
            entry.children().forEach(ProcessHandle::destroyForcibly);
            awaitEnd();
        }

        private void awaitEnd() {
            try {
                if (!entry.waitFor(30, TimeUnit.SECONDS)) {
                    throw new AssertionError("a process on the node does not end");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }

    /** Ends one of its programs: etcd, kube-apiserver, kube-controller-manager, containerd, kube-scheduler, kubelet. */
    public void stop(String program) {
        testbed.call("stop", program).succeed();
    }

    /** Starts one of its programs again, and waits until it is ready. */
    public void start(String program) {
        testbed.call("start", program).succeed();
    }

    /** Takes the images of an archive, as {@code scripts/image} makes it. */
    public void images(Path archive) {
        testbed.call("ctr", "images", "import", archive.toString()).succeed();
    }

    /** Makes a container image of a directory, such as {@code localhost/hello:1}. */
    public void image(String name, Path directory, String... command) {
        List<String> call = new ArrayList<>(List.of("image", name, directory.toString()));
        call.addAll(List.of(command));
        testbed.call(call.toArray(String[]::new)).succeed();
    }

    /**
     * Waits until a condition holds, and fails the test if it does not in time.
     *
     * @param otherwise what to say then
     */
    public static void await(Duration limit, BooleanSupplier condition, Supplier<String> otherwise) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(otherwise.get());
            }
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }
}
