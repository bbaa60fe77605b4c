package dev.berth.node.nri;

import com.google.protobuf.UnknownFieldSet;
import dev.berth.node.grpc.UnixChannel;
import dev.berth.testing.Command;
import dev.berth.testing.Project;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The containerd 1.7 of the Debian 13 root with NRI enabled and one image, alone: a test calls its CRI as kubelet does. It
 * has its directories below one of the test's, and a mount namespace of its own.
 */
final class RealContainerd implements AutoCloseable {
    private static final String IMAGE = "localhost/busybox:1";

    /** Makes an image of one layer with busybox in the directory given, as OCI's image layout has it. */
    private static final String MAKE_IMAGE = """
            set -e
            cd "$1"
            mkdir -p layer/bin oci/blobs/sha256
            cp /usr/bin/busybox layer/bin/sleep
            tar -C layer -cf layer.tar .
            blob() { sum=$(sha256sum <"$1" | cut -d' ' -f1); size=$(stat -c %s "$1"); mv "$1" oci/blobs/sha256/$sum; }
            blob layer.tar; layer=$sum layersize=$size
            arch=$(dpkg --print-architecture)
            printf '{"architecture":"%s","os":"linux","config":{"Cmd":["/bin/sleep","300"]},
            "rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' $arch $layer >config
            blob config
            printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":
            "application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[{"mediaType":
            "application/vnd.oci.image.layer.v1.tar","digest":"sha256:%s","size":%s}]}' $sum $size $layer $layersize >manifest
            blob manifest
            printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":
            "sha256:%s","size":%s,"annotations":{"io.containerd.image.name":"localhost/busybox:1"}}]}' $sum $size >oci/index.json
            echo '{"imageLayoutVersion":"1.0.0"}' >oci/oci-layout
            tar -C oci -cf image.tar oci-layout index.json blobs
            ctr --address "$1/containerd.sock" --namespace k8s.io images import image.tar
            """;

    private final Path dir;
    private final Process process;
    private final UnixChannel channel;
    private final List<String> pods = new ArrayList<>();

    private RealContainerd(Path dir, Process process) {
        this.dir = dir;
        this.process = process;
        this.channel = new UnixChannel(dir.resolve("containerd.sock"), UnixChannel.AUTHORITY);
    }

    /** @param dir below the system's directory of temporary files, which the Debian root sees, too */
    static RealContainerd start(Path dir) throws IOException, InterruptedException {
        Requires.root();
        Requires.that(
                Files.exists(Project.root().resolve(".cache/debian13/usr/bin/containerd")),
                "needs containerd 1.7: run 'testbed/debian13 containerd --version' once");
        Files.writeString(dir.resolve("config.toml"), configuration(dir));
        Files.createDirectories(dir.resolve("cni"));
        Process process = new ProcessBuilder(debian("containerd", "--config", dir.resolve("config.toml")))
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("containerd.log").toFile())
                .start();
        RealContainerd containerd = new RealContainerd(dir, process);
        boolean done = false;
        try {
            containerd.awaitSocket();
            Command.of(debian("sh", "-c", MAKE_IMAGE, "sh", dir).toArray(String[]::new))
                    .succeed();
            done = true;
            return containerd;
        } finally {
            if (!done) {
                containerd.close();
            }
        }
    }

    private static String configuration(Path dir) {
        return """
            version = 2
            root = "%1$s/root"
            state = "%1$s/state"
            [grpc]
              address = "%1$s/containerd.sock"
            [plugins."io.containerd.grpc.v1.cri"]
              sandbox_image = "localhost/busybox:1"
              netns_mounts_under_state_dir = true
              restrict_oom_score_adj = true
              [plugins."io.containerd.grpc.v1.cri".containerd]
                snapshotter = "native"
                [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
                  runtime_type = "io.containerd.runc.v2"
                  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
                    Root = "%1$s/runc"
              [plugins."io.containerd.grpc.v1.cri".cni]
                conf_dir = "%1$s/cni"
            [plugins."io.containerd.nri.v1.nri"]
              disable = false
              disable_connections = false
              socket_path = "%1$s/nri.sock"
              plugin_path = "%1$s/plugins"
              plugin_config_path = "%1$s/plugins"
            """.formatted(dir);
    }

    private static List<String> debian(Object... command) {
        List<String> line = new ArrayList<>(
                List.of(Project.root().resolve("testbed/debian13").toString()));
        for (Object word : command) {
            line.add(word.toString());
        }
        return line;
    }

    private void awaitSocket() throws IOException, InterruptedException {
        await(() -> Files.exists(dir.resolve("containerd.sock")));
    }

    /**
     * Waits until the plugin is asked about containers: with NRI 0.8, containerd 1.7 takes a plugin into its list only some
     * time after it was synchronized.
     */
    void awaitPlugin() throws IOException, InterruptedException {
        await(() -> log().contains("plugin \\\"69-berth\\\" connected"));
    }

    private void await(Condition condition) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.holds()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new AssertionError("containerd does not do what it should: " + log());
            }
            Thread.sleep(20);
        }
    }

    /** A thing to wait for. */
    private interface Condition {
        boolean holds() throws IOException;
    }

    Path nriSocket() {
        return dir.resolve("nri.sock");
    }

    String log() throws IOException {
        return Files.readString(dir.resolve("containerd.log"));
    }

    /** Starts a pod in the host's network. */
    String runPod(String name) {
        String id = call("RunPodSandbox", CriMessage.of(1, pod(name)));
        pods.add(id);
        return id;
    }

    private static UnknownFieldSet pod(String name) {
        UnknownFieldSet hostNetwork = CriMessage.of(2, CriMessage.of(1, CriMessage.of(1, 2)));
        return CriMessage.of(
                1,
                CriMessage.of(1, name, 2, "uid-of-" + name, 3, "default"),
                7,
                CriMessage.of(1, "berth.dev/pod", 2, "/nix/store/x"),
                8,
                hostNetwork);
    }

    /** Makes a container that sleeps. */
    String createContainer(String podId, String podName, String name) {
        UnknownFieldSet config = CriMessage.of(
                1,
                CriMessage.of(1, name),
                2,
                CriMessage.of(1, IMAGE),
                3,
                "/bin/sleep",
                4,
                "300",
                6,
                CriMessage.of(1, "A", 2, "b"));
        return call("CreateContainer", CriMessage.of(1, podId, 2, config, 3, pod(podName)));
    }

    /** Calls the runtime with a request of ids. */
    String call(String method, UnknownFieldSet request) {
        return CriMessage.call(channel.channel(), method, request);
    }

    void removePod(String id) {
        call("StopPodSandbox", CriMessage.of(1, id));
        call("RemovePodSandbox", CriMessage.of(1, id));
        pods.remove(id);
    }

    @Override
    public void close() {
        try {
            List.copyOf(pods).forEach(this::removePod);
        } finally {
            channel.close();
            // The script that enters the Debian root is containerd's parent.
            process.descendants().forEach(ProcessHandle::destroy);
            process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
        }
    }
}
