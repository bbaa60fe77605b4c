package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.InlineVolume;
import dev.berth.node.expression.ExpressionConfig;
import dev.berth.testing.Command;
import dev.berth.testing.RealKubernetes;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import io.grpc.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent with a real API server, where it may no more than docs/node.md says, and without one that answers. */
class RealEventsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RIGHTS = """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: berth-node}
            rules:
            - {apiGroups: [""], resources: [pods], verbs: [get]}
            - {apiGroups: [events.k8s.io], resources: [events], verbs: [create]}
            - {apiGroups: [""], resources: [events], verbs: [patch]}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: berth-node}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: berth-node}
            subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: berth-node}]
            """;

    private static RealKubernetes kubernetes;

    @TempDir
    private Path dir;

    private RealNix nix;
    private String app;
    private TestNode node;

    @BeforeAll
    static void startKubernetes() {
        Requires.root();
        kubernetes = RealKubernetes.start();
        apply(RIGHTS);
        kubernetes.kubectl("create", "namespace", "shop");
        until(() -> kubernetes
                        .kubectl("get", "-n", "shop", "serviceaccount", "default")
                        .exitCode()
                == 0);
    }

    @AfterAll
    static void endKubernetes() {
        if (kubernetes != null) {
            kubernetes.close();
        }
    }

    @BeforeEach
    void start() {
        nix = new RealNix(dir);
        app = TestNode.closure(nix, "app");
        start(UnaryOperator.identity());
    }

    private void start(UnaryOperator<NodeConfig> change) {
        node = TestNode.start(
                dir,
                config -> change.apply(config.withNodeId("node-1")
                        .withSockets(Map.of(
                                NodeConfig.DRIVER,
                                dir.resolve("csi.sock").toAbsolutePath(),
                                "nixkube",
                                dir.resolve("old.sock").toAbsolutePath()))
                        .withApiServer(Optional.of(ApiServerConfig.of(kubernetes.kubeconfigAs("berth-node"))))));
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    private interface Condition {
        boolean holds();
    }

    private static void until(Condition condition) {
        long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    private static void apply(String yaml) {
        try {
            Path file = Files.writeString(Files.createTempFile("berth-events", ".yaml"), yaml);
            Command.Result result = kubernetes.kubectl("apply", "-f", file.toString());
            Files.delete(file);
            assertThat(result.exitCode()).as(result.stderr()).isZero();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Makes a pod, which no node will ever run, and tells it as kubelet does. */
    private static InlineVolume.Pod pod(String name, String container, String volume) {
        apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, namespace: shop}
                spec:
                  automountServiceAccountToken: false
                  containers: [{name: main, image: none, %s}]
                  volumes: [{name: nix, csi: %s}]
                """.formatted(name, container, volume));
        String uid = kubernetes
                .kubectl("get", "pod", "-n", "shop", name, "-o", "jsonpath={.metadata.uid}")
                .stdout();
        return new InlineVolume.Pod(name, "shop", uid, "default");
    }

    private static InlineVolume.Pod pod(String name) {
        return pod(name, "volumeMounts: [{name: nix, mountPath: /nix, subPath: nix}]", "{driver: csi.berth.dev}");
    }

    private InlineVolume volume(InlineVolume.Pod pod, Map<String, String> attributes) {
        return new InlineVolume(pod, "nix", node.target(pod.name()), true, attributes);
    }

    private InlineVolume appOf(InlineVolume.Pod pod) {
        return volume(pod, Map.of(TestNode.SYSTEM, app));
    }

    private static Optional<JsonNode> event(String pod, String reason) {
        try {
            JsonNode list = JSON.readTree(kubernetes
                    .kubectl("get", "events.v1.events.k8s.io", "-n", "shop", "-o", "json")
                    .stdoutBytes());
            for (JsonNode event : list.path("items")) {
                if (event.path("regarding").path("name").asText().equals(pod)
                        && event.path("reason").asText().equals(reason)) {
                    return Optional.of(event);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static JsonNode awaitEvent(String pod, String reason) {
        until(() -> event(pod, reason).isPresent());
        return event(pod, reason).orElseThrow();
    }

    @Test
    void aPodHearsOfItsVolume() {
        InlineVolume.Pod pod = pod("web");
        node.client().publish(appOf(pod));
        JsonNode mounted = awaitEvent("web", "NixVolumeMount");
        assertThat(mounted.path("note").asText()).matches("volume web: mounted 3 store paths in \\d+\\.\\d\\d s");
        assertThat(mounted.path("type").asText()).isEqualTo("Normal");
        assertThat(mounted.path("regarding").path("uid").asText()).isEqualTo(pod.uid());
        assertThat(mounted.path("reportingController").asText()).isEqualTo("berth.dev/node");
        assertThat(mounted.path("reportingInstance").asText()).isEqualTo("node-1");
        assertThat(mounted.path("metadata").path("name").asText()).matches("web\\.[0-9a-f]{8}");
        node.client().unpublish(appOf(pod).volumeId(), node.target("web"));
        awaitEvent("web", "NixVolumeUnmount");
        // A second time it is the same event that counts up, told by an agent that does not remember the first.
        node.restart();
        node.client().publish(appOf(pod));
        until(() -> event("web", "NixVolumeMount")
                        .orElseThrow()
                        .path("series")
                        .path("count")
                        .asInt()
                == 2);
        assertThat(kubernetes.kubectl("describe", "pod", "-n", "shop", "web").stdout())
                .contains("NixVolumeMount", "volume web: mounted");
    }

    @Test
    void aFailureIsToldWithItsReasonAndCounted() {
        InlineVolume.Pod pod = pod("broken");
        String nowhere = "/nix/store/q06x3jll2yfzckz2bzqak089p43ixkkq-nowhere";
        for (int i = 0; i < 3; i++) {
            TestNode.refusal(
                    Status.Code.NOT_FOUND, () -> node.client().publish(volume(pod, Map.of(TestNode.SYSTEM, nowhere))));
        }
        JsonNode event = awaitEvent("broken", "NixFailedVolumeMount");
        assertThat(event.path("type").asText()).isEqualTo("Warning");
        assertThat(event.path("note").asText()).startsWith("volume broken: ").contains(nowhere);
        until(() -> event("broken", "NixFailedVolumeMount")
                        .orElseThrow()
                        .path("series")
                        .path("count")
                        .asInt()
                == 3);
    }

    @Test
    void pathsOfThePodJoinAndMistakesAreTold() {
        InlineVolume.Pod pod = pod(
                "named",
                "command: [" + app + "/bin/run], volumeMounts: [{name: nix, mountPath: /nix}]",
                "{driver: nixkube}");
        // As kubelet does: a server that is slow at first is asked again.
        until(() -> {
            try {
                node.client().publish(volume(pod, Map.of()));
                return true;
            } catch (CsiException e) {
                assertThat(e.code()).isEqualTo(Status.Code.UNAVAILABLE);
                return false;
            }
        });
        assertThat(node.target("named").resolve("bin/run")).exists();
        assertThat(awaitEvent("named", "NixDeprecatedDriverName").path("note").asText())
                .contains("csi.berth.dev");
        awaitEvent("named", "NixMissingSubPath");
        InlineVolume.Pod without = pod("without", "env: [{name: A, value: x}]", "{driver: csi.berth.dev}");
        assertThat(TestNode.refusal(
                        Status.Code.INVALID_ARGUMENT, () -> node.client().publish(volume(without, Map.of()))))
                .contains("no packages to mount");
        assertThat(awaitEvent("without", "NixFailedVolumeMount").path("note").asText())
                .contains("no packages to mount");
    }

    @Test
    void podsThatAreGoneOrGoingGetNoVolume() {
        InlineVolume.Pod gone =
                new InlineVolume.Pod("never", "shop", "00000000-0000-4000-8000-000000000000", "default");
        node.client().publish(appOf(gone));
        InlineVolume.Pod going = pod("going");
        kubernetes.kubectl(
                "patch", "pod", "-n", "shop", "going", "-p", "{\"metadata\": {\"finalizers\": [\"a.b/c\"]}}");
        kubernetes.kubectl("delete", "pod", "-n", "shop", "going", "--wait=false");
        node.client().publish(appOf(going));
        InlineVolume.Pod pod = pod("other");
        InlineVolume.Pod before =
                new InlineVolume.Pod("other", "shop", "00000000-0000-4000-8000-000000000000", "default");
        assertThat(TestNode.refusal(
                        Status.Code.FAILED_PRECONDITION, () -> node.client().publish(appOf(before))))
                .contains(pod.uid());
        assertThat(node.mounts()).isEmpty();
        node.assertNothingLeft();
    }

    @Test
    void aLongFetchTellsHowFarItIs() throws IOException {
        Path cache = dir.resolve("cache");
        RealNix other = new RealNix(Files.createDirectories(dir.resolve("other")));
        String big = other.build("""
                derivation { name = "big"; system = "%s"; builder = "/bin/sh";
                  args = [ "-c" "dd if=/dev/zero of=$out bs=1024 count=20480" ]; }
                """.formatted(TestNode.SYSTEM)).getFirst();
        other.output("nix", "copy", "--to", "file://" + cache + "?compression=none", big);
        HttpServer slow = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        slow.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        slow.createContext("/", exchange -> {
            Path file = cache.resolve(exchange.getRequestURI().getPath().substring(1));
            try (exchange;
                    OutputStream out = exchange.getResponseBody()) {
                byte[] bytes = Files.isRegularFile(file) ? Files.readAllBytes(file) : new byte[0];
                exchange.sendResponseHeaders(bytes.length > 0 ? 200 : 404, bytes.length > 0 ? bytes.length : -1);
                for (int at = 0; at < bytes.length; at += 1 << 20) {
                    out.write(bytes, at, Math.min(1 << 20, bytes.length - at));
                    out.flush();
                    Thread.sleep(bytes.length > 1 << 20 ? 500 : 0);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        slow.start();
        String uri = "http://127.0.0.1:" + slow.getAddress().getPort();
        try {
            node.close();
            start(config -> config.withSubstituters(List.of(uri + "?trusted=1"), List.of()));
            InlineVolume.Pod pod = pod("patient");
            node.client().publish(volume(pod, Map.of(TestNode.SYSTEM, big)));
            assertThat(awaitEvent("patient", "NixFetch").path("note").asText())
                    .matches(".*\\d+ of 20 MiB.*" + uri + ".*");
            awaitEvent("patient", "NixVolumeMount");
        } finally {
            slow.stop(0);
        }
    }

    /** An expression is told under reasons of its own, with what Nix and its builders say, and not as a fetch. */
    @Test
    void aBuildTellsHowFarItIsAndWhatCameOfIt() {
        Requires.program("nix");
        node.close();
        start(config -> config.withExpressions(ExpressionConfig.of("nix")));
        String slow = expression("slow", "echo half of it is done; sleep 9; echo slow > $out");
        node.client().publish(volume(pod("builder"), Map.of("nixExpr", slow)));
        assertThat(awaitEvent("builder", "NixBuild").path("note").asText())
                .matches("evaluating and building nixExpr, for \\d+ s: .*half of it is done");
        assertThat(awaitEvent("builder", "NixBuildSucceeded").path("note").asText())
                .matches("volume builder: nixExpr came to /nix/store/\\w+-slow in \\d+\\.\\d\\d s");
        awaitEvent("builder", "NixVolumeMount");
        assertThat(event("builder", "NixFetch")).isEmpty();

        Map<String, String> broken = Map.of("nixExpr", expression("broken", "echo no such library >&2; exit 7"));
        InlineVolume.Pod loser = pod("loser");
        TestNode.refusal(Status.Code.INVALID_ARGUMENT, () -> node.client().publish(volume(loser, broken)));
        JsonNode failed = awaitEvent("loser", "NixBuildFailed");
        assertThat(failed.path("type").asText()).isEqualTo("Warning");
        assertThat(failed.path("note").asText())
                .startsWith("volume loser: cannot build nixExpr ")
                .contains("exit code 7", "no such library");
        awaitEvent("loser", "NixFailedVolumeMount");
        assertThat(event("loser", "NixBuildSucceeded")).isEmpty();
        // What has another way ends well, and the pod hears all the same that the first did not go.
        InlineVolume.Pod lucky = pod("lucky");
        node.client()
                .publish(volume(
                        lucky, Map.of("flakeRef", "path:/nowhere", "nixExpr", expression("spare", "echo > $out"))));
        awaitEvent("lucky", "NixVolumeMount");
        assertThat(awaitEvent("lucky", "NixBuildFailed").path("note").asText()).contains("path:/nowhere");
        assertThat(event("lucky", "NixFailedVolumeMount")).isEmpty();
    }

    private static String expression(String name, String script) {
        return """
                derivation { name = "%s"; system = "%s"; builder = "/bin/sh"; args = [ "-c" ''%s'' ]; }
                """.formatted(name, TestNode.SYSTEM, script);
    }

    /** The deadline of the calls is that of the lookup and what a publish takes: one that waits longer fails. */
    @Test
    void allButEventsWorksWhileTheServerIsAway() {
        InlineVolume.Pod pod = pod("lonely");
        node.close();
        start(config -> config.withTimeouts(Duration.ofMinutes(1), Duration.ofSeconds(15)));
        kubernetes.pauseApi();
        try {
            for (int i = 0; i < 3; i++) {
                InlineVolume volume = appOf(new InlineVolume.Pod("stalled-" + i, "shop", pod.uid(), "default"));
                node.client().publish(volume);
                assertThat(volume.target().resolve("bin/run")).exists();
                node.client().unpublish(volume.volumeId(), volume.target());
            }
            assertThat(TestNode.refusal(
                            Status.Code.UNAVAILABLE, () -> node.client().publish(volume(pod, Map.of()))))
                    .contains("did not answer");
        } finally {
            kubernetes.resumeApi();
        }
        kubernetes.stopApi();
        try {
            node.restart();
            node.client().publish(appOf(pod));
            assertThat(node.target("lonely").resolve("bin/run")).exists();
        } finally {
            kubernetes.startApi();
        }
        // What was to be told meanwhile is told now.
        awaitEvent("lonely", "NixVolumeMount");
    }
}
