package dev.berth.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What goes wrong on nodes. After each of it a pod that ran all the time still has its {@code /nix}, a new pod starts, and
 * nothing stale is left.
 */
class ChaosTest extends OnClusterNode {
    private int fresh;

    @BeforeAll
    void startResidents() {
        cluster.apply(ClusterNode.sleepingPod("resident", hello));
        cluster.apply(ClusterNode.programPod("resident-container", hello + "/bin/sleep", "86400"));
        node.awaitPhase("resident", "Running");
        node.awaitPhase("resident-container", "Running");
    }

    @AfterEach
    void everythingGoesOn() {
        node.awaitReady();
        for (String resident : List.of("resident", "resident-container")) {
            assertThat(node.exec(resident, hello + "/bin/cat", hello + "/share/name"))
                    .isEqualTo("world");
            assertThat(cluster.output(
                            "get", "pod", resident, "-o", "jsonpath={.status.containerStatuses[0].restartCount}"))
                    .isEqualTo("0");
        }
        String pod = "fresh-" + fresh++;
        String without = pod + "-container";
        String closure = node.programs().hello(pod);
        cluster.apply(ClusterNode.helloPod(pod, closure));
        cluster.apply(ClusterNode.programPod(without, closure + "/bin/hello"));
        for (String name : List.of(pod, without)) {
            node.awaitPhase(name, "Succeeded");
            assertThat(cluster.output("logs", name)).isEqualTo("hello " + pod);
        }
        node.delete(pod, without);
        node.assertNothingStale();
    }

    @Test
    void agentIsKilledWhilePublishing() throws Exception {
        Random random = new Random(Seed.first());
        List<String> pods = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String pod = "killed-" + i;
            pods.add(pod);
            cluster.apply(ClusterNode.helloPod(pod, node.programs().large(pod, 48)));
            Thread.sleep(random.nextInt(400, 1600));
            node.agent().close();
            node.startAgent();
        }
        for (String pod : pods) {
            node.awaitPhase(pod, "Succeeded");
        }
        node.delete(pods.toArray(String[]::new));
    }

    @Test
    void kubeletIsRestarted() {
        cluster.apply(ClusterNode.helloPod("kubelet-away", hello));
        cluster.stop("kubelet");
        cluster.start("kubelet");
        node.awaitPhase("kubelet-away", "Succeeded");
        node.delete("kubelet-away");
    }

    @Test
    void containerdIsRestarted() {
        cluster.stop("containerd");
        cluster.apply(ClusterNode.helloPod("containerd-away", hello));
        cluster.start("containerd");
        node.awaitPhase("containerd-away", "Succeeded");
        node.delete("containerd-away");
    }

    @Test
    void socketIsDeleted() {
        cluster.run(List.of("rm", "/var/lib/kubelet/plugins/csi.berth.dev/csi.sock"));
        cluster.apply(ClusterNode.helloPod("socket-gone", hello));
        node.awaitPhase("socket-gone", "Succeeded");
        node.delete("socket-gone");
    }

    @Test
    void cacheIsDown() {
        node.stopCache();
        String unseen = node.programs().hello("unseen");
        cluster.apply(ClusterNode.helloPod("cache-down", unseen));
        cluster.apply(ClusterNode.helloPod("cache-not-needed", hello));
        node.awaitEvent("cache-down", unseen);
        node.awaitPhase("cache-not-needed", "Succeeded");
        node.startCache();
        node.awaitPhase("cache-down", "Succeeded");
        node.delete("cache-down", "cache-not-needed");
    }

    @Test
    void cacheAnswersGarbage() throws IOException {
        Path files = dir.resolve("garbage");
        String garbled = node.programs().hello("garbled");
        node.programs().copyTo(files, garbled);
        try (Stream<Path> nars = Files.list(files.resolve("nar"))) {
            for (Path nar : nars.toList()) {
                byte[] content = Files.readAllBytes(nar);
                content[content.length / 2] ^= 1;
                Files.write(nar, content);
            }
        }
        node.stopCache();
        node.startCache(files);
        cluster.apply(ClusterNode.helloPod("garbled", garbled));
        node.awaitEvent("garbled", "hash");
        node.stopCache();
        node.startCache();
        node.awaitPhase("garbled", "Succeeded");
        node.delete("garbled");
    }

    @Test
    void diskIsFull() {
        String large = node.programs().large("large", 48);
        node.withSmallDisk(24, () -> {
            cluster.apply(ClusterNode.helloPod("disk-full", large));
            node.awaitEvent("disk-full", "the disk is full");
            cluster.apply(ClusterNode.helloPod("disk-not-full", hello));
            node.awaitPhase("disk-not-full", "Succeeded");
            node.delete("disk-full", "disk-not-full");
        });
    }

    @Test
    void apiServerIsDown() throws Exception {
        cluster.apply(ClusterNode.helloPod("api-down", node.programs().large("api-down", 16)));
        cluster.stop("kube-apiserver");
        Thread.sleep(5000);
        cluster.start("kube-apiserver");
        node.awaitPhase("api-down", "Succeeded");
        node.delete("api-down");
    }

    @Test
    void podsComeAndGo() throws Exception {
        Random random = new Random(Seed.first());
        List<String> closures = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            closures.add(node.programs().hello("crowd-" + i));
        }
        long end = System.nanoTime()
                + Duration.ofSeconds(Long.getLong("berth.soak", 40)).toNanos();
        List<String> alive = new ArrayList<>();
        int made = 0;
        while (System.nanoTime() < end) {
            if (alive.size() < 50 && random.nextInt(5) > 1) {
                StringBuilder manifest = new StringBuilder();
                for (int i = random.nextInt(1, 6); i > 0; i--) {
                    String pod = "crowd-" + made++;
                    alive.add(pod);
                    String closure = closures.get(random.nextInt(closures.size()));
                    String seconds = Integer.toString(random.nextInt(1, 60));
                    manifest.append("---\n")
                            .append(
                                    random.nextInt(3) == 0
                                            ? ClusterNode.programPod(pod, closure + "/bin/sleep", seconds)
                                            : ClusterNode.pod(
                                                    pod,
                                                    ClusterNode.attribute(closure),
                                                    random.nextBoolean(),
                                                    "[/nix/var/result/bin/sleep, \"" + seconds + "\"]"));
                }
                cluster.apply(manifest.toString());
            } else if (!alive.isEmpty()) {
                String pod = alive.remove(random.nextInt(alive.size()));
                // Without a grace period the API server forgets it at once, whatever kubelet still has to unmount.
                String grace = random.nextInt(4) == 0 ? "--force" : "--grace-period=1";
                cluster.output("delete", "pod", pod, "--wait=false", grace);
            }
            Thread.sleep(random.nextInt(500));
        }
        System.out.println(made + " pods");
        node.delete(alive.toArray(String[]::new));
    }
}
