package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.garbage.GarbageConfig;
import dev.berth.node.kubelet.KubeletConfig;
import dev.berth.node.policy.PolicyConfig;
import dev.berth.store.config.HostPort;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent shows over HTTP, asked over HTTP. */
class MetricsTest {
    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private Path dir;

    @AfterEach
    void close() {
        http.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private HttpResponse<String> get(int port, String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void figuresAndHealthOfAnAgent() throws Exception {
        RealNix nix = new RealNix(dir);
        String app = TestNode.closure(nix, "app");
        int port = freePort();
        try (TestNode node = TestNode.start(
                dir,
                config -> config.withMetrics(new HostPort("127.0.0.1", port)).withGarbage(GarbageConfig.DEFAULT))) {
            node.publish("a", true, app);
            HttpResponse<String> figures = get(port, "/metrics");
            assertThat(figures.statusCode()).isEqualTo(200);
            assertThat(figures.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
            assertThat(figures.body())
                    .contains("berth_build_info{version=")
                    .contains("berth_volume_mounts_total{result=\"ok\"} 1.0")
                    .contains("berth_volumes_published 1.0")
                    .contains("berth_gc_paths_deleted_total")
                    .contains("berth_volume_prepare_duration_seconds_count 1")
                    .containsPattern("berth_store_filesystem_available_bytes [1-9]")
                    .containsPattern("berth_mount_namespace_mounts [1-9]")
                    .containsPattern("berth_mount_namespace_limit [1-9][0-9]*(\\.[0-9]*E[0-9]|[0-9]{3})");
            assertThat(get(port, "/healthz").statusCode()).isEqualTo(200);
            assertThat(get(port, "/readyz").statusCode()).isEqualTo(200);
            assertThat(get(port, "/elsewhere").statusCode()).isEqualTo(404);
            node.unpublish("a");
            assertThat(get(port, "/metrics").body())
                    .contains("berth_volume_unmounts_total{result=\"ok\"} 1.0")
                    .contains("berth_volumes_published 0.0");
        }
    }

    @Test
    void aPolicyThatCannotBeTakenIsSeen() throws Exception {
        int port = freePort();
        Path policy = Files.writeString(dir.toRealPath().resolve("policy.yaml"), "default: {}\n");
        try (TestNode _ = TestNode.start(
                dir,
                config -> config.withMetrics(new HostPort("127.0.0.1", port))
                        .withPresentation(PresentationChoice.HARDLINK)
                        .withPolicy(new PolicyConfig(policy, Duration.ofMillis(20))))) {
            assertThat(get(port, "/metrics").body())
                    .contains("berth_policy_outdated 0.0")
                    .contains("berth_composefs_available 0.0")
                    .contains("berth_mount_budget_fallbacks_total 0.0");
            Files.writeString(policy, "rules: nonsense\n");
            long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (!get(port, "/metrics").body().contains("berth_policy_outdated 1.0")) {
                assertThat(System.nanoTime()).isLessThan(end);
                Thread.sleep(20);
            }
        }
    }

    @Test
    void readyOnlyWhenKubeletRegisteredTheDrivers() throws Exception {
        int port = freePort();
        Path kubelet = Files.createDirectories(dir.toRealPath().resolve("kubelet"));
        try (TestNode node = TestNode.start(
                dir,
                config -> config.withMetrics(new HostPort("127.0.0.1", port))
                        .withKubelet(new KubeletConfig(kubelet, false))
                        .withSockets(config.sockets()))) {
            assertThat(node.client().ready()).isTrue();
            assertThat(get(port, "/healthz").body()).isEqualTo("ok\n");
            HttpResponse<String> answer = get(port, "/readyz");
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("the driver csi.berth.dev: kubelet has not asked for it yet\n");
        }
    }

    @Test
    void readyOnlyWhenTheRuntimeHasThePlugin() throws Exception {
        int port = freePort();
        Path socket = dir.resolve("nri.sock");
        try (TestNode node = TestNode.start(
                dir,
                config -> config.withMetrics(new HostPort("127.0.0.1", port)).withNri(NriSettings.of(socket)))) {
            assertThat(node.client().ready()).isTrue();
            assertThat(get(port, "/healthz").body()).isEqualTo("ok\n");
            HttpResponse<String> answer = get(port, "/readyz");
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).startsWith("containers without volumes: ");
        }
    }

    @Test
    void aPortThatIsTakenStopsNoAgent() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TestNode node = TestNode.start(
                        dir, config -> config.withMetrics(new HostPort("127.0.0.1", taken.getLocalPort())))) {
            assertThat(node.client().ready()).isTrue();
        }
    }
}
