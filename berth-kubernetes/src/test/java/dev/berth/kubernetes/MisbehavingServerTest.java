package dev.berth.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.testing.FakeApiServer;
import dev.berth.testing.FakeApiServer.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of requests that do not go as they should. */
class MisbehavingServerTest {
    private static final ApiResource MAPS = new ApiResource("", "v1", "ConfigMap", "configmaps", true, Set.of("list"));
    private static final Answer MAP = Answer.of(200, "{\"kind\": \"ConfigMap\"}");
    private static final ObjectKey KEY = new ObjectKey("v1", "ConfigMap", "shop", "a");

    @TempDir
    private Path directory;

    private Cluster connect(FakeApiServer server, String user) throws ClusterException {
        return Cluster.connect(ClusterAddress.of(server.kubeconfig(directory, user)));
    }

    private static ClusterException failure(ThrowingCallable work) {
        try {
            work.run();
        } catch (ClusterException e) {
            return e;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("it did not fail");
    }

    private interface ThrowingCallable {
        void run() throws IOException;
    }

    @Test
    void repeatsWhatAServerHasNoTimeFor() throws IOException {
        try (FakeApiServer server = new FakeApiServer(
                        Answer.status(429, "TooManyRequests", "slow down").with("Retry-After", "1"),
                        Answer.status(503, "ServiceUnavailable", "starting"),
                        MAP,
                        Answer.cut(),
                        MAP);
                Cluster cluster = connect(server, "{}")) {
            assertThat(cluster.get(MAPS, "shop", "a")).isPresent();
            assertThat(server.requests()).hasSize(3);
            assertThat(cluster.get(MAPS, "shop", "a"))
                    .as("after a lost connection")
                    .isPresent();
        }
    }

    @Test
    void doesNotRepeatWhatIsNotTheSameTwice() throws IOException {
        try (FakeApiServer server = new FakeApiServer(Answer.status(503, "ServiceUnavailable", "starting"));
                Cluster cluster = connect(server, "{}")) {
            DeleteOptions any = new DeleteOptions(Optional.empty(), DeleteOptions.Propagation.BACKGROUND, false);
            ClusterException e = failure(() -> cluster.delete(MAPS, KEY, any));
            assertThat(e.kind()).isEqualTo(ClusterException.Kind.SERVER);
            assertThat(e.retryable()).isTrue();
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void saysThatNobodyIsThere() throws IOException {
        String address;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            address = "http://127.0.0.1:" + socket.getLocalPort();
        }
        Path file = FakeApiServer.kubeconfig(directory, address, "{}");
        try (Cluster cluster = Cluster.connect(ClusterAddress.of(file))) {
            ClusterException e = failure(cluster::discovery);
            assertThat(e.kind()).isEqualTo(ClusterException.Kind.UNREACHABLE);
            assertThat(e)
                    .hasMessage("asking which kinds there are: " + address + " (context 'x' of " + file
                            + ") refuses connections: does the API server run?");
        }
    }

    @Test
    void saysThatSomethingElseIsThere() throws IOException {
        try (FakeApiServer server = new FakeApiServer(Answer.of(200, "<html>"), Answer.of(200, "{}"));
                Cluster cluster = connect(server, "{}")) {
            assertThat(failure(cluster::discovery)).hasMessageContaining("the server's answer is not JSON");
            assertThat(failure(cluster::discovery)).hasMessageContaining("did not answer as an API server does");
        }
    }

    @Test
    void putsNothingOfAServerIntoMessagesThatATerminalWouldObey() throws IOException {
        try (FakeApiServer server = new FakeApiServer(
                        Answer.status(500, "InternalError", "a\\u001b]0;title\\u0007\\nb\\u202ec" + "x".repeat(5000)));
                Cluster cluster = connect(server, "{}")) {
            ClusterException e = failure(() -> cluster.get(MAPS, "shop", "a"));
            assertThat(e.getMessage())
                    .startsWith("ConfigMap shop/a: a\uFFFD]0;title\uFFFD b\uFFFDcxxx")
                    .hasSizeLessThan(1100);
        }
    }

    @Test
    void readsAListAgainWhoseConnectionWasLost() throws IOException {
        String half = "{\"metadata\": {\"continue\": \"more\"}, \"items\": [{\"metadata\": {\"name\": \"a\"}}";
        String last = "{\"metadata\": {\"resourceVersion\": \"7\"}, \"items\": [{\"metadata\": {\"name\": \"b\"}}]}";
        try (FakeApiServer server =
                        new FakeApiServer(Answer.of(200, half), Answer.of(200, half + "]}"), Answer.of(200, last));
                Cluster cluster = connect(server, "{}")) {
            List<String> names = new ArrayList<>();
            assertThat(cluster.list(
                            MAPS, "", "", each -> names.add(ObjectKey.of(each).toString())))
                    .isEqualTo("7");
            assertThat(names).containsExactly("ConfigMap a", "ConfigMap b");
            assertThat(server.requests().getLast()).isEqualTo("GET /api/v1/configmaps?limit=500&continue=more");
        }
    }

    @Test
    void endsAListThatDoesNot() throws IOException {
        try (FakeApiServer server =
                        new FakeApiServer(Answer.of(200, "{\"metadata\": {\"continue\": \"more\"}, \"items\": []}"));
                Cluster cluster = connect(server, "{}")) {
            assertThat(failure(() -> cluster.list(MAPS, "", "", each -> {}))).hasMessageContaining("does not end");
        }
    }

    @Test
    void saysThatAWatchIsTooOldOrHasEnded() throws IOException {
        String event = "{\"type\": \"%s\", \"object\": %s}\n";
        String map = "{\"metadata\": {\"name\": \"a\", \"resourceVersion\": \"5\"}}";
        try (FakeApiServer server = new FakeApiServer(
                        Answer.of(200, event.formatted("ADDED", map)),
                        Answer.of(
                                200,
                                event.formatted(
                                        "ERROR", "{\"kind\": \"Status\", \"code\": 410, \"message\": \"too old\"}")));
                Cluster cluster = connect(server, "{}")) {
            try (Watch watch = cluster.watch(MAPS, "", "", "", "1")) {
                assertThat(watch.next(Duration.ofSeconds(30))).isPresent();
                assertThat(watch.resourceVersion()).isEqualTo("5");
                for (int i = 0; i < 2; i++) {
                    assertThat(failure(() -> watch.next(Duration.ofSeconds(30))).kind())
                            .isEqualTo(ClusterException.Kind.UNREACHABLE);
                }
            }
            try (Watch watch = cluster.watch(MAPS, "", "", "", "1")) {
                ClusterException e = failure(() -> watch.next(Duration.ofSeconds(30)));
                assertThat(e.kind()).isEqualTo(ClusterException.Kind.GONE);
            }
        }
    }

    @Test
    void readsWhatNewerServersSayAtOnce() throws IOException {
        String group = """
                {"kind": "APIGroupDiscoveryList", "items": [{"metadata": {"name": "%s"}, "versions": [%s]}]}""";
        String version = """
                {"version": "%s", "freshness": "%s", "resources": [{"resource": "cakes", "responseKind": {"kind": "Cake"},
                 "scope": "Namespaced", "verbs": ["list"], "subresources": [{"subresource": "status"}]}]}""";
        try (FakeApiServer server = new FakeApiServer(
                        Answer.of(200, group.formatted("", "")),
                        Answer.of(
                                200,
                                group.formatted(
                                        "shop.example",
                                        version.formatted("v2", "Current") + ", "
                                                + version.formatted("v1", "Stale"))));
                Cluster cluster = connect(server, "{}")) {
            Discovery discovery = cluster.discovery();
            assertThat(discovery.listable()).extracting(ApiResource::apiVersion).containsExactly("shop.example/v2");
            assertThat(discovery.find("shop.example/v1", "Cake")).isPresent();
            assertThat(discovery.unavailableGroups()).containsExactly("shop.example/v1");
        }
    }

    @Test
    void keepsNamesInTheirPlace() throws IOException {
        try (FakeApiServer server = new FakeApiServer(MAP);
                Cluster cluster = connect(server, "{}")) {
            cluster.get(MAPS, "../..", "a/b?c");
            assertThat(server.requests()).containsExactly("GET /api/v1/namespaces/..%2F../configmaps/a%2Fb%3Fc");
        }
    }

    @Test
    void refusesAnAnswerWithoutEnd() throws IOException {
        String large = "\"" + "x".repeat(65 << 20) + "\"";
        try (FakeApiServer server = new FakeApiServer(Answer.of(200, large));
                Cluster cluster = connect(server, "{}")) {
            assertThatThrownBy(() -> cluster.raw("/version")).isInstanceOf(ClusterException.class);
        }
    }

    @Test
    void createsAndTellsWhatIsThereAlready() throws IOException {
        try (FakeApiServer server = new FakeApiServer(
                        MAP, Answer.status(409, "AlreadyExists", "configmaps \\\"a\\\" already exists"));
                Cluster cluster = connect(server, "{}")) {
            ObjectNode map = JsonNodeFactory.instance
                    .objectNode()
                    .put("apiVersion", "v1")
                    .put("kind", "ConfigMap");
            map.putObject("metadata").put("name", "a").put("namespace", "shop");
            cluster.create(MAPS, map);
            assertThat(failure(() -> cluster.create(MAPS, map)).kind()).isEqualTo(ClusterException.Kind.ALREADY_EXISTS);
            assertThat(server.requests().getFirst()).isEqualTo("POST /api/v1/namespaces/shop/configmaps");
        }
    }

    @Test
    void tellsWhoSaysThatNothingIsThere() throws IOException {
        try (FakeApiServer server = new FakeApiServer(
                        Answer.status(404, "NotFound", "configmaps not found"), Answer.of(404, "<html>no such page"));
                Cluster cluster = connect(server, "{}")) {
            ClusterException known = failure(() -> cluster.read(MAPS, "shop", "a"));
            assertThat(known.kind()).isEqualTo(ClusterException.Kind.NOT_FOUND);
            assertThat(known.reason()).isEqualTo("NotFound");
            ClusterException unknown = failure(() -> cluster.read(MAPS, "shop", "a"));
            assertThat(unknown.kind()).isEqualTo(ClusterException.Kind.NOT_FOUND);
            assertThat(unknown.reason()).isEmpty();
        }
    }

    @Test
    void waitsNoLongerThanItIsTold() throws IOException {
        try (FakeApiServer server = new FakeApiServer(Answer.stalled());
                Cluster cluster = connect(server, "{}")) {
            Cluster impatient = cluster.within(Duration.ofMillis(100), 1000);
            assertThat(failure(() -> impatient.read(MAPS, "shop", "a")).kind())
                    .isEqualTo(ClusterException.Kind.TIMEOUT);
        }
    }

    @Test
    void takesNoLargerAnswerThanItIsTold() throws IOException {
        try (FakeApiServer server = new FakeApiServer(Answer.of(200, "{\"data\": \"" + "x".repeat(2000) + "\"}"));
                Cluster cluster = connect(server, "{}")) {
            Cluster impatient = cluster.within(Duration.ofSeconds(30), 1000);
            assertThat(failure(() -> impatient.read(MAPS, "shop", "a")))
                    .hasMessageContaining("an answer of more than 1000 bytes");
        }
    }
}
