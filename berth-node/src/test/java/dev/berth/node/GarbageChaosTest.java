package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PublicKey;
import dev.berth.node.csi.CsiClient;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.InlineVolume;
import dev.berth.node.garbage.GarbageConfig;
import dev.berth.testing.Seed;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Agents that collect all the time and are killed, while pods come and go: what is mounted has every file, always. */
class GarbageChaosTest {
    private static final int ROUNDS = Integer.getInteger("berth.crash.rounds", 3);
    private static final int PODS = 6;

    @TempDir
    private Path dir;

    @AfterEach
    void unmount() throws IOException {
        TestNode.unmountBelow(dir.toRealPath());
    }

    private static NodeConfig greedy(NodeConfig config, String uri, PublicKey key) {
        return config.withSubstituters(List.of(uri), List.of(key))
                .withGarbage(GarbageConfig.DEFAULT
                        .withKeep(Duration.ZERO)
                        .withInterval(Duration.ofNanos(2))
                        .withLook(Duration.ofNanos(1)));
    }

    /** The agent that is killed: {@code ROOT SOCKET CACHE KEY}. */
    public static void main(String[] arguments) throws InterruptedException {
        AgentProcess.serve(greedy(
                NodeConfig.of(Path.of(arguments[0]), Path.of(arguments[1])),
                arguments[2],
                PublicKey.parse(arguments[3])));
    }

    @Test
    void whatIsMountedIsWhole() throws Exception {
        long seed = Seed.first();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        SignedCache cache = SignedCache.in(dir, "test-1");
        List<String> apps = List.of(cache.closure("a"), cache.closure("b"), cache.closure("c"));
        TestNode.start(Files.createDirectories(dir.resolve("node"))).close(); // skips without root
        AtomicInteger done = new AtomicInteger();
        AtomicInteger looked = new AtomicInteger();
        for (int round = 0; round < ROUNDS; round++) {
            killDuring(cache, apps, random, done, looked);
            try (TestNode node =
                    TestNode.start(dir.resolve("node"), config -> greedy(config, cache.uri(), cache.key()))) {
                for (PublishedVolume volume : node.agent().volumes()) {
                    isWhole(cache, volume.packages().getFirst().baseName(), volume.target());
                    looked.incrementAndGet();
                }
                for (int pod = 0; pod < PODS; pod++) {
                    node.unpublish("pod-" + pod);
                }
                node.awaitSweep();
                node.assertNothingLeft();
            }
            cache.nix().verifies("local?root=" + dir.resolve("node/root"));
        }
        System.out.println(done + " calls, " + looked + " volumes read whole, " + ROUNDS + " kills");
        assertThat(looked).hasPositiveValue();
    }

    private void killDuring(
            SignedCache cache, List<String> apps, Random random, AtomicInteger done, AtomicInteger looked)
            throws Exception {
        Path node = dir.resolve("node").toRealPath();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
                AgentProcess agent = AgentProcess.start(
                        GarbageChaosTest.class,
                        node,
                        List.of(cache.uri(), cache.key().toString()))) {
            AtomicBoolean stop = new AtomicBoolean();
            List<Future<?>> loops = new ArrayList<>();
            for (int pod = 0; pod < PODS; pod++) {
                int number = pod;
                Random own = new Random(random.nextLong());
                loops.add(callers.submit(() -> {
                    loop(cache, node, agent.socket(), number, apps, own, stop, done, looked);
                    return null;
                }));
            }
            int before = done.get();
            for (int i = 0; i < 2000 && done.get() < before + 2 * PODS; i++) {
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
            SignedCache cache,
            Path node,
            Path socket,
            int number,
            List<String> apps,
            Random random,
            AtomicBoolean stop,
            AtomicInteger done,
            AtomicInteger looked)
            throws IOException {
        String pod = "pod-" + number;
        Path target = Files.createDirectories(node.resolve("pods").resolve(pod)).resolve("mount");
        try (CsiClient client = CsiClient.connect(socket, Duration.ofSeconds(20))) {
            while (!stop.get()) {
                String app = apps.get(random.nextInt(apps.size()));
                InlineVolume volume = new InlineVolume(
                        new InlineVolume.Pod(pod, "default", "uid-of-" + pod, "default"),
                        "nix",
                        target,
                        random.nextBoolean(),
                        Map.of(TestNode.SYSTEM, app));
                client.publish(volume);
                done.incrementAndGet();
                isWhole(cache, app.substring("/nix/store/".length()), target);
                looked.incrementAndGet();
                client.unpublish(volume.volumeId(), target);
                done.incrementAndGet();
            }
        } catch (CsiException e) {
            // The agent was killed; any other answer is a defect.
            if (e.code() != Status.Code.UNAVAILABLE) {
                throw e;
            }
        }
    }

    /** Compares every file of the closure with where it was built. */
    private static void isWhole(SignedCache cache, String app, Path target) throws IOException {
        for (String path : cache.nix()
                .output("nix-store", "-qR", "/nix/store/" + app)
                .lines()
                .toList()) {
            assertThat(content(target.resolve(path.substring(1))))
                    .as(path)
                    .isEqualTo(content(cache.nix().real(path)));
        }
    }

    private static Map<String, String> content(Path top) throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> all = Files.walk(top)) {
            all.forEach(path -> content.put(top.relativize(path).toString(), read(path)));
        }
        return content;
    }

    private static String read(Path path) {
        try {
            if (Files.isSymbolicLink(path)) {
                return "-> " + Files.readSymbolicLink(path);
            }
            return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) ? "directory" : Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
