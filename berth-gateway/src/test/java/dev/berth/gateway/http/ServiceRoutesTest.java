package dev.berth.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.store.SubstituterListener;
import dev.berth.testing.Project;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a cluster asks of the server. */
class ServiceRoutesTest {
    private final Metrics metrics = new Metrics("1.2.3");
    private final AtomicReference<String> trouble = new AtomicReference<>("");
    private final ServiceRoutes routes = new ServiceRoutes(
            new SampleRoutes(Path.of("/dev/null")),
            metrics,
            () -> {
                if (!trouble.get().isEmpty()) {
                    throw new IllegalStateException(trouble.get());
                }
            },
            request -> request.header("authorization").isPresent());

    private HttpReply.Whole ask(String method, String path, Map<String, List<String>> headers) throws IOException {
        HttpRequest request =
                new HttpRequest(method, path, "", headers, false, 0, new ByteArrayInputStream(new byte[0]));
        var quick = routes.quick(request);
        return (HttpReply.Whole) (quick.isPresent() ? quick.get() : routes.answer(request));
    }

    private int status(String path) throws IOException {
        return ask("GET", path, Map.of()).status();
    }

    @Test
    void readyWhileTheStoreAnswers() throws IOException {
        assertThat(status("/healthz")).isEqualTo(200);
        assertThat(status("/readyz")).isEqualTo(200);
        trouble.set("the disk is gone");
        assertThat(status("/healthz")).isEqualTo(200);
        HttpReply.Whole reply = ask("GET", "/readyz", Map.of());
        assertThat(reply.status()).isEqualTo(503);
        assertThat(new String(reply.body(), java.nio.charset.StandardCharsets.UTF_8))
                .doesNotContain("disk");
        trouble.set("");
        assertThat(status("/readyz")).isEqualTo(200);
        routes.stop();
        assertThat(status("/readyz")).isEqualTo(503);
        assertThat(status("/healthz")).isEqualTo(200);
    }

    @Test
    void nothingToChange() throws IOException {
        for (String path : List.of("/healthz", "/readyz", "/metrics")) {
            assertThat(ask("PUT", path, Map.of()).status()).isEqualTo(405);
            assertThat(ask("PUT", path, Map.of()).headers()).containsEntry("allow", "GET, HEAD");
        }
    }

    @Test
    void theRestIsForTheRoutesBehind() throws IOException {
        assertThat(status("/quick")).isEqualTo(200);
        assertThat(status("/none")).isEqualTo(404);
    }

    @Test
    void figures() throws IOException {
        metrics.answered("/abc.narinfo", 200, 1_000_000, 0, 300);
        metrics.answered("/nar/x.nar", 200, 2_000_000, 0, 5000);
        metrics.answered("/nar/x.nar", 201, 2_000_000, 7000, 3);
        metrics.answered("/" + "x".repeat(10), 404, 1, 0, 3);
        metrics.cut(true);
        metrics.collected(3, 1000, Duration.ofSeconds(2));
        metrics.collectionFailed();
        metrics.asked("https://x", SubstituterListener.Answer.MISS, Duration.ofMillis(3));
        metrics.fetched("https://x", true, 77, Duration.ofSeconds(1));
        assertThat(status("/metrics")).isEqualTo(401);
        String text = new String(
                ask("GET", "/metrics", Map.of("authorization", List.of("x"))).body(),
                java.nio.charset.StandardCharsets.UTF_8);
        assertThat(text)
                .contains(
                        "berth_build_info{version=\"1.2.3\"} 1",
                        "berth_http_requests_total{route=\"narinfo\",status=\"200\"} 1.0",
                        "berth_http_requests_total{route=\"nar\",status=\"201\"} 1.0",
                        "berth_http_requests_total{route=\"other\",status=\"404\"} 1.0",
                        "berth_http_request_duration_seconds_count{route=\"nar\"} 2",
                        "berth_http_nar_bytes_sent_total 5003.0",
                        "berth_http_nar_bytes_received_total 7000.0",
                        "berth_http_answers_cut_total{reason=\"client\"} 1.0",
                        "berth_gc_cycles_total{result=\"failed\"} 1.0",
                        "berth_gc_paths_deleted_total 3.0",
                        "berth_gc_bytes_freed_total 1000.0",
                        "berth_substitutions_total{result=\"ok\"} 1.0",
                        "berth_substituter_queries_total{result=\"miss\"} 1.0",
                        "berth_substituted_bytes_total 77.0");
        String documented = Files.readString(Project.root().resolve("docs/metrics.md"));
        List<String> names = text.lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ", -1)[2])
                .toList();
        assertThat(names)
                .hasSizeGreaterThan(8)
                .allSatisfy(name -> assertThat(documented).contains("`" + name));
    }
}
