package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.linux.MountTable;
import dev.berth.node.csi.CsiClient;
import dev.berth.node.csi.InlineVolume;
import dev.berth.testing.RealNix;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An agent in a process of its own, with the memory that the launcher gives it, publishes and unpublishes for long: what it
 * holds does not grow. The system property {@code berth.soak} is the length in seconds; 300 is the proof, at 200 publishes
 * a minute. The short run of the suite does as many as it can, and looks for what leaks by each of them.
 */
class PublishSoakTest {
    private static final int PER_MINUTE = 200;
    private static final int AT_ONCE = 5;
    private static final long MAX_RSS_MIB = 192;

    @TempDir
    private Path dir;

    /** The agent: {@code ROOT SOCKET}. */
    public static void main(String[] arguments) throws InterruptedException {
        NodeAgent agent = NodeAgent.start(NodeConfig.of(Path.of(arguments[0]), Path.of(arguments[1])));
        System.out.println("ready on " + agent.config().sockets());
        Thread.sleep(Duration.ofHours(2));
    }

    @AfterEach
    void unmount() throws IOException {
        TestNode.unmountBelow(dir.toRealPath());
    }

    @Test
    void nothingGrowsWithTheNumberOfVolumes() throws Exception {
        TestNode.requires(dir, PresentationChoice.HARDLINK);
        long seconds = Long.getLong("berth.soak", 0);
        Path real = dir.toRealPath();
        RealNix nix = new RealNix(dir);
        List<String> apps = List.of(TestNode.closure(nix, "a"), TestNode.closure(nix, "b"));
        Process agent = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx64m",
                        "-Xms16m",
                        "-Xss512k",
                        "-XX:+UseSerialGC",
                        "-XX:MinHeapFreeRatio=10",
                        "-XX:MaxHeapFreeRatio=20",
                        "-XX:TrimNativeHeapInterval=5000",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PublishSoakTest.class.getName(),
                        real.resolve("root").toString(),
                        real.resolve("csi.sock").toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out = agent.inputReader()) {
            assertThat(out.readLine()).as("the agent's word that it serves").startsWith("ready");
            try (CsiClient client = CsiClient.connect(real.resolve("csi.sock"), Duration.ofSeconds(60))) {
                soak(client, agent.pid(), apps, real, seconds);
            }
        } finally {
            agent.destroyForcibly();
            assertThat(agent.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    private void soak(CsiClient client, long pid, List<String> apps, Path real, long seconds) throws Exception {
        int rounds = seconds == 0 ? 20 : Math.toIntExact(seconds * PER_MINUTE / 60 / AT_ONCE);
        long roundNanos = seconds == 0 ? 0 : TimeUnit.SECONDS.toNanos(seconds) / rounds;
        List<Long> rss = new ArrayList<>();
        long descriptors = 0;
        long start = System.nanoTime();
        for (int round = 0; round < rounds; round++) {
            List<InlineVolume> volumes = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                volumes.add(volume(real, "pod-" + round + "-" + i, i % 2 == 0, apps.get((round + i) % apps.size())));
            }
            volumes.parallelStream().forEach(client::publish);
            assertThat(volumes)
                    .allSatisfy(volume ->
                            assertThat(volume.target().resolve("nix/store")).isNotEmptyDirectory());
            volumes.parallelStream().forEach(volume -> client.unpublish(volume.volumeId(), volume.target()));
            if (round == rounds / 2) {
                descriptors = descriptors(pid);
            }
            rss.add(rssMib(pid));
            long rest = start + (round + 1) * roundNanos - System.nanoTime();
            if (rest > 0) {
                TimeUnit.NANOSECONDS.sleep(rest);
            }
        }
        awaitNothingLeft(real);
        long half = rss.get(rss.size() / 2);
        long last = rss.getLast();
        System.out.println("soak of " + (System.nanoTime() - start) / 1_000_000_000 + " s: " + rounds * AT_ONCE
                + " volumes; RSS " + rss.getFirst() + " MiB at first, " + half + " at half, " + last + " at last, "
                + rss.stream().mapToLong(Long::longValue).max().orElse(0) + " at most; descriptors " + descriptors
                + " at half, " + descriptors(pid) + " at last");
        assertThat(descriptors(pid)).as("open descriptors").isLessThanOrEqualTo(descriptors + 2);
        assertThat(rss).as("RSS in MiB").allMatch(each -> each <= MAX_RSS_MIB);
    }

    private static InlineVolume volume(Path dir, String pod, boolean readOnly, String path) throws IOException {
        Path target = Files.createDirectories(dir.resolve("pods").resolve(pod)).resolve("mount");
        return new InlineVolume(
                new InlineVolume.Pod(pod, "default", "uid-of-" + pod, "default"),
                "nix",
                target,
                readOnly,
                Map.of(NodeConfig.thisSystem(), path));
    }

    /** The agent cleans up behind its calls: no mounts, and only roots and trees of nothing, within half a minute. */
    private static void awaitNothingLeft(Path dir) throws Exception {
        Path state = dir.resolve("root/nix/var/berth");
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!left(dir, state).isEmpty() && System.nanoTime() < end) {
            Thread.sleep(50);
        }
        assertThat(left(dir, state)).isEmpty();
    }

    private static List<String> left(Path dir, Path state) throws IOException {
        List<String> left = new ArrayList<>();
        for (String part : List.of("volumes", "trees", "parts", "trash")) {
            TestNode.names(state.resolve(part)).forEach(name -> left.add(part + "/" + name));
        }
        TestNode.names(dir.resolve("root/nix/var/nix/gcroots/berth")).forEach(name -> left.add("root " + name));
        MountTable.below(dir).stream()
                .filter(mount -> !mount.mountPoint().equals(dir))
                .forEach(mount -> left.add("mount " + mount.mountPoint()));
        return left;
    }

    private static long descriptors(long pid) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return open.count();
        }
    }

    private static long rssMib(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }
}
