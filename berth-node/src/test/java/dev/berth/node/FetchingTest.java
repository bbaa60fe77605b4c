package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.PublicKey;
import dev.berth.node.csi.CsiClient;
import dev.berth.node.csi.InlineVolume;
import dev.berth.node.metrics.NodeMetrics;
import dev.berth.store.DownloadSpool;
import dev.berth.store.StoreSettings;
import dev.berth.store.Substituters;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetching from a cache that is there, goes, comes back, hangs or talks nonsense, by real sockets, counted at the server. */
class FetchingTest {
    @TempDir
    private Path dir;

    private final List<AutoCloseable> open = new ArrayList<>();
    private String app;
    private PublicKey key;
    private FaultyCache cache;

    @BeforeEach
    void makeCache() throws IOException {
        Requires.root();
        RealNix nix = new RealNix(Files.createDirectories(dir.resolve("source")));
        app = nix.build("""
                let make = name: script: derivation {
                  inherit name; system = "%s"; builder = "/bin/sh"; args = [ "-c" script ]; };
                  leaf = make "leaf" "mkdir $out; dd if=/dev/urandom of=$out/data bs=1024 count=512";
                in make "app" ''mkdir -p $out/bin; echo ${leaf}/data > $out/bin/run''
                """.formatted(TestNode.SYSTEM)).getFirst();
        Path secret = dir.resolve("secret");
        Path trusted = dir.resolve("public");
        nix.output("nix-store", "--generate-binary-cache-key", "test-1", secret.toString(), trusted.toString());
        key = PublicKey.parse(Files.readString(trusted).strip());
        Path files = dir.resolve("cache");
        nix.output("nix", "copy", "--to", "file://" + files + "?compression=none&secret-key=" + secret, app);
        cache = new FaultyCache(files);
        open.add(cache);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : open.reversed()) {
            resource.close();
        }
    }

    private NodeConfig told(NodeConfig config) {
        // Every download that is cut is kept, however small.
        DownloadSpool spool =
                new DownloadSpool(config.root().resolve("nix/var/berth/downloads"), 1 << 30, Duration.ofDays(1), 0);
        return config.withSubstituters(List.of(cache.uri()), List.of(key))
                .withSubstituting(StoreSettings.DEFAULT
                        .withSpool(spool)
                        .withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(20), 0))
                .withFetching(new FetchLimits(4, Duration.ofMillis(200)));
    }

    private TestNode node(UnaryOperator<NodeConfig> change) throws IOException {
        TestNode node =
                TestNode.start(Files.createDirectories(dir.resolve("node")), config -> change.apply(told(config)));
        open.add(node);
        return node;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    /** A client that does not wait for long. */
    private String hastily(TestNode node, InlineVolume volume) {
        try (CsiClient hasty = CsiClient.connect(node.socket(), Duration.ofSeconds(2))) {
            return TestNode.refusal(Status.Code.DEADLINE_EXCEEDED, () -> hasty.publish(volume));
        }
    }

    @Test
    void twentyVolumesAtOnceAreOneDownloadOfEachPath() throws Exception {
        TestNode node = node(UnaryOperator.identity());
        List<Future<Path>> calls = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                String pod = "pod-" + i;
                calls.add(callers.submit(() -> node.publish(pod, true, app)));
            }
            for (Future<Path> call : calls) {
                assertThat(call.get(60, TimeUnit.SECONDS).resolve("bin/run")).exists();
            }
        }
        List<String> asked = cache.requests();
        assertThat(asked.stream().filter(it -> it.startsWith("/nar/")))
                .hasSize(2)
                .doesNotHaveDuplicates();
        assertThat(asked.stream().filter(it -> it.endsWith(".narinfo"))).hasSize(2);
        // One more, with all there, asks nobody; nor is anybody needed.
        cache.is(FaultyCache.Mood.DEAD);
        node.publish("late", true, app);
        node.restart(config -> told(config));
        node.publish("later", true, app);
        assertThat(cache.requests()).isEqualTo(asked);
        for (int i = 0; i < 20; i++) {
            node.unpublish("pod-" + i);
        }
        node.unpublish("late");
        node.unpublish("later");
        node.assertNothingLeft();
    }

    /** The call ends, its publish does not: the volume is there before anybody asks again. */
    @Test
    void aPublishOutlivesItsCall() throws Exception {
        TestNode node = node(UnaryOperator.identity());
        cache.is(FaultyCache.Mood.HANGS);
        InlineVolume volume = node.volume("web", true, app);
        assertThat(hastily(node, volume)).contains("still fetching the closure of " + app, cache.uri(), "call again");
        // Its stall ends when the server's does.
        node.unpublish("web");
        node.assertNothingLeft();
        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .noneMatch(name -> name.startsWith("berth-fetch") || name.startsWith("berth-copy"));
        cache.is(FaultyCache.Mood.WELL);
        cache.is(FaultyCache.Mood.LATE);
        hastily(node, volume);
        cache.is(FaultyCache.Mood.WELL);
        await(() -> !node.mounts().isEmpty());
        int asked = cache.requests().size();
        node.client().publish(volume);
        assertThat(cache.requests()).hasSize(asked);
        node.unpublish("web");
        node.assertNothingLeft();
    }

    @Test
    void aCutDownloadGoesOnWhereItWasAlsoInALaterAgent() throws Exception {
        TestNode node = node(UnaryOperator.identity());
        cache.is(FaultyCache.Mood.CUTS);
        assertThat(TestNode.refusal(Status.Code.UNAVAILABLE, () -> node.publish("web", true, app)))
                .contains(cache.uri() + ": down (");
        cache.is(FaultyCache.Mood.DEAD);
        assertThat(TestNode.refusal(Status.Code.UNAVAILABLE, () -> node.publish("web", true, app)))
                .contains(cache.uri() + ": down (");
        node.assertNothingLeft();
        cache.is(FaultyCache.Mood.WELL);
        node.restart(config -> told(config));
        assertThat(node.publish("web", true, app).resolve("bin/run")).exists();
        assertThat(cache.requests()).anyMatch(it -> it.matches("/nar/.* bytes=[1-9][0-9]*-.*"));
        node.unpublish("web");
        node.assertNothingLeft();
    }

    @Test
    void aCacheThatTalksNonsenseIsSaidAndHarmsNothing() throws Exception {
        TestNode node = node(UnaryOperator.identity());
        Path resident = node.publish("resident", true, app);
        String other = "/nix/store/q06x3jll2yfzckz2bzqak089p43ixkkq-nowhere";
        cache.is(FaultyCache.Mood.GARBAGE);
        String message = TestNode.refusal(Status.Code.DATA_LOSS, () -> node.publish("web", true, other));
        assertThat(message).contains(other, cache.uri());
        assertThat(resident.resolve("bin/run")).exists();
        node.publish("another", true, app);
        node.unpublish("another");
        node.unpublish("resident");
        node.assertNothingLeft();
    }

    @Test
    void anAgentKilledWhileItFetchesLeavesNothingAndTheNextGoesOn() throws Exception {
        Path directory = Files.createDirectories(dir.resolve("node")).toRealPath();
        Path target = Files.createDirectories(directory.resolve("pods/web")).resolve("mount");
        InlineVolume volume = new InlineVolume(
                new InlineVolume.Pod("web", "default", "uid-of-web", "default"),
                "nix",
                target,
                true,
                Map.of(TestNode.SYSTEM, app));
        cache.is(FaultyCache.Mood.HANGS);
        try (AgentProcess agent = AgentProcess.start(directory, PresentationChoice.AUTO, cache.uri() + "?trusted=1");
                CsiClient hasty = CsiClient.connect(agent.socket(), Duration.ofSeconds(5))) {
            assertThat(TestNode.refusal(Status.Code.DEADLINE_EXCEEDED, () -> hasty.publish(volume)))
                    .contains("still fetching");
            agent.kill();
        }
        cache.is(FaultyCache.Mood.WELL);
        TestNode node = node(UnaryOperator.identity());
        node.assertNothingLeft();
        node.client().publish(volume);
        assertThat(target.resolve("bin/run")).exists();
        node.unpublish("web");
        node.assertNothingLeft();
    }

    /** Also while the call would wait for longer. */
    @Test
    void aVolumesOwnTimeoutEndsItsFetch() throws Exception {
        TestNode node = node(UnaryOperator.identity());
        cache.is(FaultyCache.Mood.HANGS);
        InlineVolume volume = node.volume("web", true, Map.of(TestNode.SYSTEM, app, "fetchTimeout", "2s"));
        assertThat(TestNode.refusal(
                        Status.Code.DEADLINE_EXCEEDED, () -> node.client().publish(volume)))
                .contains("given up after 2 s", "fetching the closure of " + app, "fetchTimeout");
        node.assertNothingLeft();
    }

    @Test
    void aFailureThatNobodyWaitedForIsToldToTheNextCall() throws Exception {
        TestNode node = node(UnaryOperator.identity());
        cache.is(FaultyCache.Mood.HANGS);
        InlineVolume volume = node.volume("web", true, Map.of(TestNode.SYSTEM, app, "fetchTimeout", "5s"));
        assertThat(hastily(node, volume)).contains("still fetching").doesNotContain("failed");
        await(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("berth-fetch")));
        String message = hastily(node, volume);
        assertThat(message).contains("still fetching", "the try before this one failed: given up after 5 s");
        node.unpublish("web");
        node.assertNothingLeft();
    }

    @Test
    void figuresTellACacheThatIsDownFromNone() throws Exception {
        NodeMetrics metrics = new NodeMetrics("test");
        cache.is(FaultyCache.Mood.DEAD);
        StoreSettings once = StoreSettings.DEFAULT.withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(5), 0);
        try (Substituters substituters = Substituters.open(List.of(cache.uri()), List.of(), once);
                CacheWatch watch = CacheWatch.start(substituters, Duration.ofMillis(50), metrics)) {
            assertThat(watch).isNotNull();
            String reachable = "berth_cache_reachable{cache=\"" + cache.uri() + "\"} ";
            await(() -> figures(metrics).contains(reachable + "0.0"));
            assertThat(figures(metrics)).contains("berth_cache_configured 1.0");
            cache.is(FaultyCache.Mood.WELL);
            await(() -> figures(metrics).contains(reachable + "1.0"));
        }
        NodeMetrics none = new NodeMetrics("test");
        try (Substituters nobody = Substituters.open(List.of(), List.of(), once);
                CacheWatch watch = CacheWatch.start(nobody, Duration.ofMillis(50), none)) {
            assertThat(watch).isNotNull();
            assertThat(figures(none)).contains("berth_cache_configured 0.0").doesNotContain("berth_cache_reachable{");
        }
    }

    private static String figures(NodeMetrics metrics) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            metrics.write(out);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
