package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.InlineVolume;
import dev.berth.node.nri.NriHandler;
import dev.berth.node.nri.v1alpha1.Event;
import dev.berth.node.policy.PolicyConfig;
import dev.berth.testing.Requires;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes of namespaces that a policy has rules for, on a real store, with a cache of the real Nix. */
class PolicyPublishTest {
    private static final Duration NEVER = Duration.ofHours(1);

    @TempDir
    private Path dir;

    private SignedCache cache;

    @BeforeEach
    void makeCache() {
        cache = SignedCache.in(dir, "test-1");
    }

    @AfterEach
    void unmount() throws IOException {
        TestNode.unmountBelow(dir.toRealPath());
    }

    private TestNode node(String policy) throws IOException {
        Path file = Files.writeString(dir.resolve("policy.yaml"), policy);
        return TestNode.start(
                Files.createDirectories(dir.resolve("node")),
                config -> cache.substitutes(config).withPolicy(new PolicyConfig(file, NEVER)));
    }

    private static InlineVolume volume(TestNode node, String namespace, String pod, boolean readOnly, String path) {
        return volume(node, namespace, pod, readOnly, Map.of(TestNode.SYSTEM, path));
    }

    private static InlineVolume volume(
            TestNode node, String namespace, String pod, boolean readOnly, Map<String, String> attributes) {
        return new InlineVolume(
                new InlineVolume.Pod(pod, namespace, "uid-of-" + pod, "default"),
                "nix",
                node.target(pod),
                readOnly,
                attributes);
    }

    private static boolean isFetched(TestNode node, String path) {
        return Files.exists(node.root().resolve(path.substring(1)));
    }

    @Test
    void signaturesAreCheckedForEachNamespaceWhateverIsInTheStore() throws IOException {
        String app = cache.closure("app");
        SignedCache other = SignedCache.in(dir, "other-1");
        try (TestNode node = node("""
                rules:
                - {namespaces: [a], trusted-public-keys: ["%s"]}
                - {namespaces: [b], trusted-public-keys: ["%s"]}
                """.formatted(cache.key(), other.key()))) {
            InlineVolume refused = volume(node, "b", "b", true, app);
            assertThat(TestNode.refusal(
                            Status.Code.PERMISSION_DENIED, () -> node.client().publish(refused)))
                    .contains("rule 2 (b) for namespace 'b'", "signed by other-1", "only by test-1", "/nix/store/");
            assertThat(isFetched(node, app))
                    .as("refused before anything is fetched")
                    .isFalse();
            node.client().publish(volume(node, "a", "a", true, app));
            assertThat(isFetched(node, app)).isTrue();
            // In the store, and shown by a tree that could be shared.
            TestNode.refusal(Status.Code.PERMISSION_DENIED, () -> node.client().publish(refused));
            node.client().publish(volume(node, "a", "a2", true, app));
            assertThat(TestNode.refusal(
                            Status.Code.PERMISSION_DENIED,
                            () -> node.client().publish(volume(node, "c", "c", true, app))))
                    .contains("no rule for namespace 'c'");
            List.of("a", "a2").forEach(node::unpublish);
            TestNode.refusal(Status.Code.PERMISSION_DENIED, () -> node.client().publish(refused));
            node.awaitSweep();
            node.assertNothingLeft();
        }
    }

    @Test
    void whatIsAskedIsJudgedFirst() throws IOException {
        String app = cache.closure("app");
        try (TestNode node = node("""
                rules: [{namespaces: [a], read-write: false, max-closure-size: 100}]
                """)) {
            assertThat(TestNode.refusal(
                            Status.Code.PERMISSION_DENIED,
                            () -> node.client().publish(volume(node, "a", "w", false, app))))
                    .contains("readOnly: true");
            assertThat(TestNode.refusal(
                            Status.Code.PERMISSION_DENIED,
                            () -> node.client()
                                    .publish(volume(node, "a", "e", true, Map.of("nixExpr", "import ./evil.nix")))))
                    .contains("nixExpr");
            assertThat(TestNode.refusal(
                            Status.Code.RESOURCE_EXHAUSTED,
                            () -> node.client().publish(volume(node, "a", "s", true, app))))
                    .contains("allows closures of 100 B");
            assertThat(isFetched(node, app)).isFalse();
            node.assertNothingLeft();
        }
    }

    @Test
    void twentyPublishesAtOnceNeverExceedAQuotaAndARestartForgetsNothing() throws Exception {
        List<String> apps = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            apps.add(cache.closure("app" + i));
        }
        String policy = """
                rules: [{namespaces: [a], max-volumes: 5}]
                default: {}
                """;
        try (TestNode node = node(policy)) {
            for (int round = 0; round < 3; round++) {
                AtomicInteger published = new AtomicInteger();
                List<Future<?>> calls = new ArrayList<>();
                try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
                    for (int i = 0; i < 20; i++) {
                        String pod = "pod-" + i;
                        String app = apps.get(i % apps.size());
                        calls.add(callers.submit(() -> {
                            try {
                                node.client().publish(volume(node, "a", pod, true, app));
                                published.incrementAndGet();
                            } catch (CsiException e) {
                                assertThat(e.code()).as(e.getMessage()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
                            }
                        }));
                    }
                    for (Future<?> call : calls) {
                        call.get();
                    }
                }
                assertThat(published).hasValue(5);
                assertThat(node.mounts()).hasSize(5);
                node.restart();
                TestNode.refusal(
                        Status.Code.RESOURCE_EXHAUSTED,
                        () -> node.client().publish(volume(node, "a", "late", true, apps.getFirst())));
                node.client().publish(volume(node, "b", "elsewhere", true, apps.getFirst()));
                for (int i = 0; i < 20; i++) {
                    node.unpublish("pod-" + i);
                }
                node.unpublish("elsewhere");
            }
            node.awaitSweep();
            node.assertNothingLeft();
        }
    }

    @Test
    void bytesOfAllVolumesAreLimitedAndSharedClosuresCountOnce() throws IOException {
        String one = cache.closure("one");
        String two = cache.closure("two");
        long closure = cache.nix()
                .output("nix", "path-info", "-rs", one)
                .lines()
                .mapToLong(line -> Long.parseLong(line.strip().replaceFirst(".*\\s", "")))
                .sum();
        try (TestNode node = node("rules: [{namespaces: [a], max-total-size: " + (closure + closure / 2) + "}]")) {
            node.client().publish(volume(node, "a", "p1", true, one));
            node.client().publish(volume(node, "a", "p2", false, one));
            assertThat(TestNode.refusal(
                            Status.Code.RESOURCE_EXHAUSTED,
                            () -> node.client().publish(volume(node, "a", "p3", true, two))))
                    .contains("on a node");
            assertThat(isFetched(node, two)).isFalse();
            node.restart();
            TestNode.refusal(
                    Status.Code.RESOURCE_EXHAUSTED, () -> node.client().publish(volume(node, "a", "p3", true, two)));
            node.unpublish("p1");
            TestNode.refusal(
                    Status.Code.RESOURCE_EXHAUSTED, () -> node.client().publish(volume(node, "a", "p3", true, two)));
            node.unpublish("p2");
            node.client().publish(volume(node, "a", "p3", true, two));
            node.unpublish("p3");
            node.awaitSweep();
            node.assertNothingLeft();
        }
    }

    /** What pods get by the runtime's word alone is not free: containers count beside volumes, until they or their pods end. */
    @Test
    void containersWithoutAVolumeCountToo() throws Exception {
        Requires.root();
        Requires.program("nsenter");
        String one = cache.closure("one");
        String two = cache.closure("two");
        Path file = Files.writeString(dir.resolve("policy.yaml"), "rules: [{namespaces: [default], max-volumes: 2}]");
        UnaryOperator<NodeConfig> settings = config -> cache.substitutes(config)
                .withPolicy(new PolicyConfig(file, NEVER))
                .withNri(NriSettings.of(dir.resolve("nri.sock")));
        try (TestNode node = TestNode.start(Files.createDirectories(dir.resolve("node")), settings);
                FakeContainer first = new FakeContainer(dir.toRealPath(), "c1");
                FakeContainer second = new FakeContainer(dir.toRealPath(), "c2");
                FakeContainer third = new FakeContainer(dir.toRealPath(), "c3")) {
            assertThat(start(node, first.env("A=" + one))).isEqualTo("0 ");
            assertThat(start(node, second.env("A=" + two))).isEqualTo("0 ");
            assertThat(start(node, third.env("A=" + one)))
                    .startsWith("1 berth: ")
                    .contains("allows 2 volumes", "namespace 'default'");
            agent(node).containerEvent(Event.REMOVE_CONTAINER, third.pod(), third.container());
            TestNode.refusal(
                    Status.Code.RESOURCE_EXHAUSTED,
                    () -> node.client().publish(volume(node, "default", "v", true, one)));
            node.restart(settings);
            TestNode.refusal(
                    Status.Code.RESOURCE_EXHAUSTED,
                    () -> node.client().publish(volume(node, "default", "v", true, one)));
            agent(node).podEvent(Event.STOP_POD_SANDBOX, first.pod());
            node.restart(settings);
            node.client().publish(volume(node, "default", "v", true, one));
            assertThat(start(node, third.env("A=" + one))).startsWith("1 berth: ");
            node.unpublish("v");
            agent(node).containerEvent(Event.REMOVE_CONTAINER, third.pod(), third.container());
            assertThat(start(node, third.env("A=" + one))).isEqualTo("0 ");
            for (FakeContainer container : List.of(first, second, third)) {
                container.close();
                agent(node).containerEvent(Event.REMOVE_CONTAINER, container.pod(), container.container());
            }
            node.awaitSweep();
            node.assertNothingLeft();
        }
    }

    private static String start(TestNode node, FakeContainer container) throws Exception {
        return container
                .hook(agent(node).createContainer(container.pod(), container.container(), Duration.ofSeconds(2)))
                .end();
    }

    private static NriHandler agent(TestNode node) {
        return node.agent().nri().orElseThrow();
    }
}
