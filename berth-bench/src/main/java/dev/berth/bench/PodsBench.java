package dev.berth.bench;

import dev.berth.node.NodeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * A Deployment of 30 pods of one program on a real node: from a volume of its closure, and from a container image of the same
 * files that containerd has unpacked already. How long until all are ready, and how much memory they have then.
 *
 * <p>The program is Debian's bash, its libraries and cat, which reads 64 MiB of data and then waits.
 */
final class PodsBench {
    private static final int PODS = 30;
    private static final int DATA_MEBIBYTES = 64;
    private static final String IMAGE = "localhost/program:1";
    private static final Duration START = Duration.ofMinutes(2);

    private final Bench bench;

    PodsBench(Bench bench) {
        this.bench = bench;
    }

    void run() throws IOException, InterruptedException {
        bench.log().println("  making the program and bringing up the node");
        Path root = bench.fresh("agent");
        Files.createDirectories(root);
        Path tree = program();
        String path = Program.of("nix-store", "--store", "local?root=" + root, "--add", tree.toString())
                .output();
        try (TestCluster cluster = TestCluster.withNode(bench)) {
            bench.log().println("  making the image, starting the agent");
            Path image = bench.fresh("image");
            Files.createDirectories(image.resolve("nix/store"));
            Program.of("cp", "-a", tree.toString(), image + path).run();
            cluster.call("image", IMAGE, image.toString()).run();
            Path log = bench.fresh("agent.log");
            Process agent = cluster.spawn(
                    log,
                    "env",
                    "BERTH_AS_BUILT=1",
                    bench.project().resolve("berth").toString(),
                    "node",
                    "--root",
                    root.toString(),
                    "--kubelet-dir",
                    "/var/lib/kubelet");
            try {
                awaitAgent(cluster, log);
                measure(cluster, root, path);
            } finally {
                agent.children().forEach(ProcessHandle::destroy);
            }
        }
    }

    private void measure(TestCluster cluster, Path root, String path) throws IOException, InterruptedException {
        Path volume = Files.writeString(bench.fresh("volume.yaml"), deployment(path, true));
        Path image = Files.writeString(bench.fresh("image.yaml"), deployment(path, false));
        Memory ofVolumes = new Memory();
        Memory ofImages = new Memory();
        Path inContainerd = cluster.state().resolve("containerd");
        Contest times = new Contest()
                .add("Berth", run -> rollout(cluster, volume, root.resolve(path.substring(1)), ofVolumes))
                .add("image", run -> rollout(cluster, image, inContainerd, ofImages))
                .warmUp(1)
                .run(bench.runs(), PODS + " pods of one closure until all are ready", bench.log());
        bench.report()
                .compare(
                        PODS + " pods of one closure until all are ready",
                        times.of("Berth"),
                        "image",
                        times.of("image"),
                        OptionalDouble.empty());
        bench.report()
                .figure(
                        "memory of " + PODS + " pods that each read the same " + DATA_MEBIBYTES
                                + " MiB, page cache included",
                        ofVolumes.print(),
                        "image " + ofImages.print());
    }

    /** The greatest memory of several runs, in bytes. */
    private static final class Memory {
        private long bytes;

        void add(long more) {
            bytes = Math.max(bytes, more);
        }

        String print() {
            return Math.round(bytes / 1048576.0) + " MiB";
        }
    }

    private Duration rollout(TestCluster cluster, Path manifest, Path files, Memory memory)
            throws IOException, InterruptedException {
        evict(files);
        Path usage = usage(cluster);
        long before = number(usage);
        long start = System.nanoTime();
        cluster.call("kubectl", "apply", "-f", manifest.toString()).run();
        cluster.call("kubectl", "rollout", "status", "deployment/program", "--timeout=300s")
                .run();
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        memory.add(number(usage) - before);
        cluster.call("kubectl", "delete", "deployment", "program").run();
        cluster.call("kubectl", "wait", "--for=delete", "pod", "-l", "app=program", "--timeout=300s")
                .run();
        return time;
    }

    /** Has the kernel forget the content of files, so that the pods are charged with what they read. */
    private static void evict(Path directory) throws IOException, InterruptedException {
        Program.of(
                        "find",
                        directory.toString(),
                        "-type",
                        "f",
                        "-size",
                        "+64k",
                        "-exec",
                        "dd",
                        "if={}",
                        "iflag=nocache",
                        "count=0",
                        ";")
                .run();
    }

    /** What the kernel says of the memory of all pods and their page cache; cgroup v1. */
    private static Path usage(TestCluster cluster) throws IOException, InterruptedException {
        String kubelet = Files.readString(cluster.state().resolve("kubelet.yaml"));
        String cgroup = kubelet.lines()
                .filter(line -> line.startsWith("cgroupRoot: "))
                .findFirst()
                .orElseThrow()
                .substring("cgroupRoot: /".length());
        return Path.of("/sys/fs/cgroup/memory", cgroup, "kubepods/memory.usage_in_bytes");
    }

    private static long number(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }

    private static void awaitAgent(TestCluster cluster, Path log) throws IOException, InterruptedException {
        cluster.call(
                        "kubectl",
                        "create",
                        "-f",
                        Files.writeString(log.resolveSibling("driver.yaml"), """
                apiVersion: storage.k8s.io/v1
                kind: CSIDriver
                metadata: {name: csi.berth.dev}
                spec: {attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: [Ephemeral], fsGroupPolicy: None}
                """)
                                .toString())
                .run();
        long end = System.nanoTime() + START.toNanos();
        while (!cluster.call("kubectl", "get", "csinode", "localhost", "-o", "jsonpath={.spec.drivers[*].name}")
                .output()
                .contains("csi.berth.dev")) {
            if (System.nanoTime() > end) {
                throw new IOException("kubelet does not know the agent, which said: " + Files.readString(log));
            }
            Thread.sleep(200);
        }
    }

    /** A directory with the program and all that it needs. */
    private Path program() throws IOException, InterruptedException {
        Path tree = bench.fresh("program");
        Path lib = Files.createDirectories(tree.resolve("lib"));
        Path bin = Files.createDirectories(tree.resolve("bin"));
        for (String program : List.of("/bin/bash", "/bin/cat")) {
            Files.copy(
                    Path.of(program).toRealPath(), bin.resolve(Path.of(program).getFileName()));
            for (String line : Program.of("ldd", program).output().lines().toList()) {
                String[] words = line.strip().split("\\s+", -1);
                String library = words.length > 2 ? words[2] : words[0];
                if (library.startsWith("/")) {
                    Files.copy(
                            Path.of(library),
                            lib.resolve(Path.of(library).getFileName()),
                            StandardCopyOption.REPLACE_EXISTING,
                            StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
        Program.of("dd", "if=/dev/urandom", "of=" + tree.resolve("data"), "bs=1M", "count=" + DATA_MEBIBYTES)
                .run();
        return tree;
    }

    /** The program in Kubernetes' words: nothing but where its files come from differs. */
    private static String deployment(String path, boolean isVolume) throws IOException {
        String loader;
        try (Stream<Path> libraries = Files.list(Path.of("/lib64"))) {
            loader = libraries
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("ld-linux"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no loader in /lib64"));
        }
        String start = "%1$s/lib/%2$s --library-path %1$s/lib".formatted(path, loader);
        String command =
                "[%1$s/lib/%2$s, --library-path, %1$s/lib, %1$s/bin/bash, -c, \"%3$s %1$s/bin/cat %1$s/data > /dev/null; read <> <(:)\"]"
                        .formatted(path, loader, start);
        String manifest = """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: program}
                spec:
                  replicas: %d
                  selector: {matchLabels: {app: program}}
                  template:
                    metadata: {labels: {app: program}}
                    spec:
                      terminationGracePeriodSeconds: 0
                      automountServiceAccountToken: false
                      containers:
                      - name: main
                        image: %s
                        command: %s
                """.formatted(PODS, isVolume ? "localhost/scratch:1" : IMAGE, command);
        return isVolume ? manifest + """
                        volumeMounts: [{name: nix, mountPath: /nix, subPath: nix}]
                      volumes:
                      - name: nix
                        csi: {driver: csi.berth.dev, readOnly: true, volumeAttributes: {%s: %s}}
                """.formatted(NodeConfig.thisSystem(), path) : manifest;
    }
}
