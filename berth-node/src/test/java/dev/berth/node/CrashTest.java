package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.csi.CsiClient;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.InlineVolume;
import dev.berth.testing.RealNix;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Agents killed at random moments of publishing and unpublishing: the next one finds everything and loses nothing. */
@ParameterizedClass
@EnumSource(names = {"COMPOSEFS", "HARDLINK"})
class CrashTest {
    private static final int ROUNDS = Integer.getInteger("berth.crash.rounds", 4);
    private static final int PODS = 6;

    private final PresentationChoice presentation;

    @TempDir
    private Path dir;

    CrashTest(PresentationChoice presentation) {
        this.presentation = presentation;
    }

    /** A test that fails must not leave mounts: later ones would see them. */
    @AfterEach
    void unmount() throws IOException {
        TestNode.unmountBelow(dir.toRealPath());
    }

    @Test
    void theNextStartRepairsWhatAKilledAgentLeft() throws Exception {
        TestNode.requires(dir, presentation);
        long seed = Long.getLong("berth.seed", System.nanoTime());
        System.out.println("seed " + seed + " (set berth.seed to repeat)");
        Random random = new Random(seed);
        RealNix nix = new RealNix(dir);
        List<String> apps = List.of(TestNode.closure(nix, "a"), TestNode.closure(nix, "b"));
        AtomicInteger done = new AtomicInteger();
        for (int round = 0; round < ROUNDS; round++) {
            killDuring(apps, random, done);
            try (TestNode node = TestNode.start(dir, presentation)) {
                // Every mount has its volume and every volume its mount.
                assertThat(node.agent().volumes().stream()
                                .map(PublishedVolume::target)
                                .collect(Collectors.toSet()))
                        .isEqualTo(node.mounts().stream()
                                .map(mount -> mount.mountPoint())
                                .collect(Collectors.toSet()));
                for (PublishedVolume volume : node.agent().volumes()) {
                    assertThat(volume.target().resolve("bin/run")).exists();
                }
                // What kubelet does after it lost the agent: it calls again.
                for (int pod = 0; pod < PODS; pod++) {
                    if (random.nextBoolean()) {
                        republish(node, pod, apps);
                    }
                    node.unpublish("pod-" + pod);
                }
                node.assertNothingLeft();
            }
        }
        nix.verifies(nix.uri());
        System.out.println(done + " calls answered before " + ROUNDS + " kills");
        assertThat(done).hasPositiveValue();
    }

    private static void republish(TestNode node, int pod, List<String> apps) {
        boolean readOnly = pod % 2 == 0;
        String app = apps.get(pod % apps.size());
        assertThat(node.publish("pod-" + pod, readOnly, app).resolve("bin/run")).exists();
    }

    private void killDuring(List<String> apps, Random random, AtomicInteger done) throws Exception {
        Path real = dir.toRealPath();
        try (AgentProcess agent = AgentProcess.start(real, presentation);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Path socket = agent.socket();
            AtomicBoolean stop = new AtomicBoolean();
            List<Future<?>> loops = new ArrayList<>();
            for (int pod = 0; pod < PODS; pod++) {
                int number = pod;
                loops.add(callers.submit(() -> {
                    loop(real, socket, number, apps, stop, done);
                    return null;
                }));
            }
            // The first call of a cold process takes long: a kill before it would hit nothing.
            int before = done.get();
            for (int i = 0; i < 2000 && done.get() == before; i++) {
                Thread.sleep(10);
            }
            Thread.sleep(random.nextInt(0, 300));
            agent.kill();
            stop.set(true);
            for (Future<?> loop : loops) {
                loop.get();
            }
        }
    }

    private static void loop(
            Path dir, Path socket, int number, List<String> apps, AtomicBoolean stop, AtomicInteger done)
            throws IOException {
        String pod = "pod-" + number;
        Files.createDirectories(dir.resolve("pods").resolve(pod));
        var volume = new InlineVolume(
                new InlineVolume.Pod(pod, "default", "uid-of-" + pod, "default"),
                "nix",
                dir.resolve("pods").resolve(pod).resolve("mount"),
                number % 2 == 0,
                Map.of(TestNode.SYSTEM, apps.get(number % apps.size())));
        try (CsiClient client = CsiClient.connect(socket, Duration.ofSeconds(10))) {
            while (!stop.get()) {
                client.publish(volume);
                done.incrementAndGet();
                client.unpublish(volume.volumeId(), volume.target());
                done.incrementAndGet();
            }
        } catch (CsiException e) {
            // The agent was killed; any other answer is a defect.
            if (e.code() != Status.Code.UNAVAILABLE) {
                throw e;
            }
        }
    }
}
