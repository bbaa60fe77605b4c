package dev.berth.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.testing.FakeApiServer;
import dev.berth.testing.FakeApiServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who we are to which cluster. */
class KubeconfigTest {
    private static final ApiResource MAPS = new ApiResource("", "v1", "ConfigMap", "configmaps", true, Set.of());
    private static final Answer MAP = Answer.of(200, "{}");
    private static final Answer REFUSED = Answer.status(401, "Unauthorized", "Unauthorized");

    @TempDir
    private Path directory;

    private Cluster connect(FakeApiServer server, String user) throws ClusterException {
        return Cluster.connect(ClusterAddress.of(server.kubeconfig(directory, user)));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [1, 2]                                        | is not a kubeconfig: not a mapping
            'a: b: c'                                     | is not a kubeconfig: not YAML: mapping values are not allowed here
            {kind: Pod}                                   | is not a kubeconfig: its kind is Pod
            {kind: Config}                                | has no current-context: name one by --context (there is none at all)
            {clusters: 1}                                 | clusters is not a list
            {current-context: a, contexts: [{name: b}]}   | there is no context 'a' (there are: b)
            {current-context: a, contexts: [{name: a, context: {cluster: c}}]} | there is no cluster 'c' (there is none at all)
            {current-context: a, contexts: [{name: a, context: {cluster: c}}], clusters: [{name: c, cluster: {}}]} | the cluster 'c': has no server
            {current-context: a, contexts: [{name: a, context: {cluster: c}}], clusters: [{name: c, cluster: {server: 'ftp://x'}}]} | the cluster 'c': its server is no http or https address: ftp://x
            """)
    void saysWhatIsWrongWithAFile(String text, String problem) throws IOException {
        Path file = write("config", text);
        assertThatThrownBy(() -> Cluster.connect(ClusterAddress.of(file)))
                .isInstanceOfSatisfying(ClusterException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ClusterException.Kind.CONFIGURATION);
                    assertThat(e.getMessage()).startsWith(file + ": " + problem).doesNotContain("\n");
                });
    }

    @Test
    void saysThatAContextIsUnknown() {
        Path file = FakeApiServer.kubeconfig(directory, "http://127.0.0.1:1", "{}");
        ClusterAddress address = new ClusterAddress(Optional.of(file), Optional.of("prod"));
        assertThatThrownBy(() -> Cluster.connect(address))
                .hasMessage(file + ": there is no context 'prod' (there are: x)");
    }

    @Test
    void mergesFilesAndTakesTheFirstWord() throws IOException {
        write("a", "{current-context: x, contexts: [{name: x, context: {cluster: c, namespace: shop}}]}");
        write("b", "{current-context: y, clusters: [{name: c, cluster: {server: 'https://one:6443/'}}]}");
        write("c", "{clusters: [{name: c, cluster: {server: 'https://two'}}]}");
        String list = directory.resolve("absent") + ":" + directory.resolve("a") + ":" + directory.resolve("b") + ":"
                + directory.resolve("c");
        Access access = new Locator(Map.of("KUBECONFIG", list), directory).find(ClusterAddress.standard());
        assertThat(access.context()).isEqualTo("x");
        assertThat(access.namespace()).isEqualTo("shop");
        assertThat(access.server()).hasToString("https://one:6443");
    }

    @Test
    void saysThatNoClusterIsNamed() {
        assertThatThrownBy(() ->
                        new Locator(Map.of("HOME", directory.toString()), directory).find(ClusterAddress.standard()))
                .hasMessage("no cluster is named: " + directory + "/.kube/config does not exist; name a kubeconfig by"
                        + " --kubeconfig or KUBECONFIG");
    }

    @Test
    void takesTheServiceAccountOfAPod() throws IOException {
        write("token", "secret\n");
        write("ca.crt", "");
        write("namespace", "shop");
        Map<String, String> pod =
                Map.of("HOME", "/nowhere", "KUBERNETES_SERVICE_HOST", "10.0.0.1", "KUBERNETES_SERVICE_PORT", "443");
        Access access = new Locator(pod, directory).find(ClusterAddress.standard());
        assertThat(access.server()).hasToString("https://10.0.0.1:443");
        assertThat(access.namespace()).isEqualTo("shop");
        assertThat(access.credentials().current().authorization()).contains("Bearer secret");
        write("token", "rotated");
        assertThat(access.credentials().current().authorization()).contains("Bearer rotated");
    }

    private String plugin(String script) throws IOException {
        Path program = write("plugin", "#!/bin/sh\necho ran >>" + directory + "/ran\n" + script + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, env: [{name: WHO, value: me}],"
                + " installHint: get it, interactiveMode: Never}}";
    }

    private static String credential(String status) {
        return "echo '{\"kind\": \"ExecCredential\", \"apiVersion\": \"client.authentication.k8s.io/v1\", \"status\": {"
                + status + "}}'";
    }

    @Test
    void asksAPluginOnceUntilItIsRefused() throws IOException {
        String user = plugin(credential("\"token\": \"'\"$WHO-$(wc -l <" + directory + "/ran)\"'\""));
        try (FakeApiServer server = new FakeApiServer(MAP, MAP, REFUSED, MAP);
                Cluster cluster = connect(server, user)) {
            for (int i = 0; i < 3; i++) {
                cluster.get(MAPS, "shop", "a");
            }
            assertThat(server.requests())
                    .extracting(request -> request.substring(request.indexOf("Bearer")))
                    .containsExactly("Bearer me-1", "Bearer me-1", "Bearer me-1", "Bearer me-2");
        }
    }

    @Test
    void asksAPluginAgainWhenItsCredentialHasExpired() throws IOException {
        String user = plugin(credential("\"token\": \"t\", \"expirationTimestamp\": \"2020-01-01T00:00:00Z\""));
        try (FakeApiServer server = new FakeApiServer(MAP);
                Cluster cluster = connect(server, user)) {
            cluster.get(MAPS, "shop", "a");
            cluster.get(MAPS, "shop", "a");
            assertThat(Files.readAllLines(directory.resolve("ran"))).hasSize(2);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            exit 3         | failed (exit code 3): log in with it, or see what it says
            echo hello     | did not answer with JSON
            echo '''{}'''  | did not answer with an ExecCredential of client.authentication.k8s.io/v1
            """)
    void saysWhatIsWrongWithAPlugin(String script, String problem) throws IOException {
        try (FakeApiServer server = new FakeApiServer(MAP);
                Cluster cluster = connect(server, plugin(script.replace("''", "'")))) {
            assertThatThrownBy(() -> cluster.get(MAPS, "shop", "a")).hasMessageEndingWith("/plugin' " + problem);
            assertThat(server.requests()).isEmpty();
        }
    }

    @Test
    void saysThatAPluginIsMissing() throws IOException {
        String user = plugin("");
        Files.delete(directory.resolve("plugin"));
        try (FakeApiServer server = new FakeApiServer(MAP);
                Cluster cluster = connect(server, user)) {
            assertThatThrownBy(() -> cluster.get(MAPS, "shop", "a"))
                    .hasMessageContaining("can't be run: is it installed and on the PATH?: get it");
        }
    }

    @Test
    void actsAsSomebodyElse() throws IOException {
        Path file = FakeApiServer.kubeconfig(
                directory, "http://127.0.0.1:1", "{token: t, as: alice, as-groups: [a, b], as-user-extra: {k/x: [v]}}");
        Access access = new Locator(Map.of(), directory).find(ClusterAddress.of(file));
        assertThat(access.headers())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "Impersonate-User", List.of("alice"),
                        "Impersonate-Group", List.of("a", "b"),
                        "Impersonate-Extra-k%2Fx", List.of("v")));
    }
}
