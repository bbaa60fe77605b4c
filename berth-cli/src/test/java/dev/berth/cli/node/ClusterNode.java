package dev.berth.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.NodeConfig;
import dev.berth.testing.Command;
import dev.berth.testing.RealCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The node of the shared cluster with an agent on it and a gateway to fetch from, each a process of its own, as they are
 * where somebody runs Berth.
 */
final class ClusterNode implements AutoCloseable {
    static final Duration LIMIT = Duration.ofMinutes(2);
    /** Where the cache listens: the node's address, which pods reach, too. */
    static final String CACHE = "198.18.1.1:8080";

    private static final String HEALTH = "127.0.0.1:9440";

    private final RealCluster cluster = RealCluster.shared();
    private final Path dir;
    private final Programs programs;
    private final List<String> options;
    private Path root;
    private RealCluster.@Nullable Spawned agent;
    private RealCluster.@Nullable Spawned cache;

    /**
     * Starts cache and agent, and waits until the agent is ready.
     *
     * @param dir an existing directory of the test; the agent's root is {@code agent} in it
     * @param more options of the agent, besides those by which it speaks to the cluster, the cache and containerd
     */
    ClusterNode(Path dir, String... more) {
        this(dir, List.of(more));
        cluster.apply("""
                apiVersion: storage.k8s.io/v1
                kind: CSIDriver
                metadata: {name: csi.berth.dev}
                spec: {attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: [Ephemeral], fsGroupPolicy: None}
                """);
        startAgent();
    }

    private ClusterNode(Path dir, List<String> options) {
        this.dir = dir;
        this.options = options;
        this.root = dir.resolve("agent");
        this.programs = new Programs(dir);
        startCache();
    }

    /** Starts the cache alone: the agent is somebody else's, and has no log here. */
    static ClusterNode withoutAgent(Path dir) throws IOException {
        Files.createFile(dir.resolve("agent.log"));
        return new ClusterNode(dir, List.of());
    }

    RealCluster cluster() {
        return cluster;
    }

    Programs programs() {
        return programs;
    }

    /** Has the agent run on a file system of this size while the steps are run, then on its own again. */
    void withSmallDisk(int mebibytes, Runnable steps) {
        Path own = root;
        Path small = dir.resolve("small");
        String image = dir.resolve("small.img").toString();
        agent().terminate();
        succeed("mkdir", small.toString());
        succeed("truncate", "-s", mebibytes + "M", image);
        succeed("/sbin/mkfs.ext4", "-q", image);
        succeed("mount", "-o", "loop", image, small.toString());
        root = small.resolve("agent");
        Set<String> ofOthers = new Leftovers(cluster, root).kubeletsVolumes();
        try {
            startAgent(List.of()); // not for containers: those that run have their closures from the other root
            steps.run();
            assertNothingStale(ofOthers);
        } finally {
            agent().terminate();
            root = own;
            startAgent();
        }
        succeed("umount", small.toString());
    }

    private void succeed(String... command) {
        Command.Result result = cluster.run(List.of(command));
        if (result.exitCode() != 0) {
            throw new AssertionError(String.join(" ", command) + ": " + result.stderr());
        }
    }

    /** The agent's process. */
    RealCluster.Spawned agent() {
        if (agent == null) {
            throw new AssertionError("no agent was started");
        }
        return agent;
    }

    /** Starts the agent, and waits until kubelet and the runtime know it. */
    void startAgent() {
        List<String> all = new ArrayList<>(List.of("--nri-socket", "/var/run/nri/nri.sock"));
        all.addAll(options);
        startAgent(all);
    }

    private void startAgent(List<String> more) {
        List<String> command = new ArrayList<>(List.of(
                "node",
                "--root",
                root.toString(),
                "--kubelet-dir",
                "/var/lib/kubelet",
                "--kubeconfig",
                cluster.kubeconfig().toString(),
                "--substituters",
                "http://" + CACHE,
                "--trusted-public-keys",
                programs.publicKey(),
                "--metrics",
                HEALTH));
        command.addAll(more);
        agent = berth(agentLog(), command);
        awaitReady();
    }

    /** Waits until kubelet and the runtime know the agent: containers that are made before get nothing. */
    void awaitReady() {
        RealCluster.await(
                LIMIT,
                () -> !agent().isAlive() || answers(HEALTH + "/readyz"),
                () -> "the agent is not ready, and said:\n" + read(agentLog()));
        assertThat(agent().isAlive()).as(read(agentLog())).isTrue();
    }

    private boolean answers(String address) {
        return cluster.run(List.of("/bin/busybox", "wget", "-q", "-O", "/dev/null", "http://" + address))
                        .exitCode()
                == 0;
    }

    Path agentLog() {
        return dir.resolve("agent.log");
    }

    /** Starts the gateway that serves the programs' store. */
    void startCache() {
        cache = berth(dir.resolve("cache.log"), List.of("gateway", "--store", programs.uri(), "--http", CACHE));
        awaitCache();
    }

    /** Serves a directory of files at the cache's address instead. */
    void startCache(Path files) {
        cache = cluster.spawn(
                dir.resolve("cache.log"), List.of("/bin/busybox", "httpd", "-f", "-p", CACHE, "-h", files.toString()));
        awaitCache();
    }

    private void awaitCache() {
        RealCluster.await(
                LIMIT,
                () -> answers(CACHE + "/nix-cache-info"),
                () -> "the cache does not answer: " + read(dir.resolve("cache.log")));
    }

    /** Ends the cache. */
    void stopCache() {
        if (cache != null) {
            cache.close();
        }
    }

    private RealCluster.Spawned berth(Path log, List<String> arguments) {
        return cluster.spawn(log, Launch.berth(arguments));
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A pod that is not restarted, with a volume {@code nix} at {@code /nix}.
     *
     * @param attributes of the volume, as YAML: {@code x86_64-linux: /nix/store/…}
     * @param readOnly of the volume
     * @param command of its container, as YAML
     */
    static String pod(String name, String attributes, boolean readOnly, String command) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: %1$s, labels: {app: berth}}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  automountServiceAccountToken: false
                  containers:
                  - name: main
                    image: localhost/scratch:1
                    command: %4$s
                    volumeMounts: [{name: nix, mountPath: /nix, subPath: nix}]
                  volumes:
                  - {name: nix, csi: {driver: csi.berth.dev, readOnly: %3$s, volumeAttributes: {%2$s}}}
                """.formatted(name, attributes, readOnly, command);
    }

    /**
     * A pod that is not restarted and has no volume.
     *
     * @param annotations as YAML: {@code berth.dev/pod-rw: 'true'}
     * @param container its container but for the name, as YAML
     */
    static String podWithoutVolume(String name, String annotations, String container) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, labels: {app: berth}, annotations: {%s}}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  automountServiceAccountToken: false
                  containers:
                  - {name: main, %s}
                """.formatted(name, annotations, container);
    }

    /** A pod without a volume that runs this program of a store path. */
    static String programPod(String name, String... program) {
        return podWithoutVolume(
                name, "", "image: 'localhost/scratch:1', command: ['" + String.join("', '", program) + "']");
    }

    /** The attribute of a volume that names this store path for this machine. */
    static String attribute(String storePath) {
        return NodeConfig.thisSystem() + ": " + storePath;
    }

    /** A pod that says hello and is done. */
    static String helloPod(String name, String storePath) {
        return pod(name, attribute(storePath), true, "[/nix/var/result/bin/hello]");
    }

    /** A pod that stays. */
    static String sleepingPod(String name, String storePath) {
        return pod(name, attribute(storePath), true, "[/nix/var/result/bin/sleep, \"86400\"]");
    }

    /** The phase of a pod, such as {@code Running}; empty if there is none. */
    String phase(String pod) {
        return cluster.kubectl("get", "pod", pod, "--ignore-not-found", "-o", "jsonpath={.status.phase}")
                .stdout();
    }

    /** Waits until a pod is in this phase. */
    void awaitPhase(String pod, String phase) {
        RealCluster.await(
                LIMIT,
                () -> phase(pod).equals(phase),
                () -> "pod " + pod + " is " + phase(pod) + ", not " + phase + ":\n"
                        + cluster.kubectl("describe", "pod", pod).stdout() + "the agent said:\n" + read(agentLog()));
    }

    /** What a command printed in the first container of a pod. */
    String exec(String pod, String... command) {
        List<String> call = new ArrayList<>(List.of("exec", pod, "--"));
        call.addAll(List.of(command));
        return cluster.output(call.toArray(String[]::new));
    }

    /** The events of a pod, a line each: its reason and message. */
    String events(String pod) {
        return cluster.kubectl(
                        "get",
                        "events",
                        "--field-selector=involvedObject.name=" + pod,
                        "-o",
                        "jsonpath={range .items[*]}{.reason}: {.message}{\"\\n\"}{end}")
                .stdout();
    }

    /** Waits until a pod has an event that says this. */
    void awaitEvent(String pod, String text) {
        RealCluster.await(
                LIMIT,
                () -> events(pod).contains(text),
                () -> "no event of " + pod + " says " + text + ":\n" + events(pod) + "the agent said:\n"
                        + read(agentLog()));
    }

    /** Deletes pods, and waits until they are gone. */
    void delete(String... pods) {
        List<String> call = new ArrayList<>(List.of("delete", "pod", "--ignore-not-found", "--timeout=100s"));
        call.addAll(List.of(pods));
        cluster.output(call.toArray(String[]::new));
    }

    /**
     * Fails unless the agent has exactly what kubelet knows: no volume, root or mount of a pod that is gone, nothing
     * half-done.
     */
    void assertNothingStale() {
        assertNothingStale(Set.of());
    }

    private void assertNothingStale(Set<String> ofOthers) {
        Leftovers leftovers = new Leftovers(cluster, root);
        RealCluster.await(
                LIMIT, () -> leftovers.find(ofOthers).isEmpty(), () -> String.join("\n", leftovers.find(ofOthers)));
    }

    /** Deletes all pods, fails if the agent keeps anything of them, and ends agent and cache. */
    @Override
    public void close() {
        cluster.output("delete", "pods", "-l", "app=berth", "--timeout=100s");
        try {
            assertNothingStale();
            assertThat(agent().isAlive()).as("the agent runs").isTrue();
        } finally {
            agent().close();
            stopCache();
        }
    }
}
