package dev.berth.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.testing.RealKubernetes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the real API server. */
class RealClusterTest {
    private static final ApplyOptions APPLY = new ApplyOptions("berth", false, false);
    private static final DeleteOptions DELETE =
            new DeleteOptions(Optional.empty(), DeleteOptions.Propagation.BACKGROUND, false);

    private RealKubernetes kubernetes;
    private Cluster cluster;

    @BeforeEach
    void connect() throws ClusterException {
        kubernetes = RealKubernetes.shared();
        cluster = Cluster.connect(ClusterAddress.of(kubernetes.kubeconfig()));
    }

    @AfterEach
    void close() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private ApiResource resource(String apiVersion, String kind) throws ClusterException {
        return cluster.discovery().find(apiVersion, kind).orElseThrow();
    }

    private static ObjectNode object(String json) throws IOException {
        return (ObjectNode) Answers.MAPPER.readTree(json.replace('\'', '"'));
    }

    private static ObjectNode configMap(String name, String value) throws IOException {
        return object("{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': '" + name
                + "', 'namespace': 'default'}, 'data': {'key': '" + value + "'}}");
    }

    @Test
    void discoversWhatKubectlDoes() throws ClusterException {
        Discovery discovery = cluster.discovery();
        Set<String> ours = new TreeSet<>();
        discovery
                .listable()
                .forEach(each -> ours.add(each.plural() + (each.group().isEmpty() ? "" : "." + each.group())));
        Set<String> kubectls = new TreeSet<>(List.of(kubernetes
                .kubectl("api-resources", "--verbs=list", "-o", "name")
                .stdout()
                .split("\n")));
        assertThat(ours).isEqualTo(kubectls);
        assertThat(discovery.unavailableGroups()).isEmpty();
        assertThat(discovery.find("apps/v1", "Deployment"))
                .hasValueSatisfying(each -> assertThat(each.namespaced()).isTrue());
        assertThat(discovery.find("v1", "Namespace"))
                .hasValueSatisfying(each -> assertThat(each.namespaced()).isFalse());
        assertThat(discovery.find("apps/v1", "Ingress")).isEmpty();
        assertThat(discovery.versionsOf("Ingress"))
                .containsExactly("extensions/v1beta1", "networking.k8s.io/v1", "networking.k8s.io/v1beta1");
    }

    @Test
    void appliesReadsAndDeletes() throws IOException {
        ApiResource maps = resource("v1", "ConfigMap");
        ObjectNode wanted = configMap("applied", "one");
        assertThat(cluster.get(maps, "default", "applied")).isEmpty();
        assertThat(cluster.apply(maps, wanted, new ApplyOptions("berth", false, true))
                        .path("data")
                        .path("key")
                        .asText())
                .isEqualTo("one");
        assertThat(cluster.get(maps, "default", "applied"))
                .as("after a dry run")
                .isEmpty();
        cluster.apply(maps, wanted, APPLY);
        ObjectNode live = cluster.get(maps, "default", "applied").orElseThrow();
        assertThat(live.path("data")).isEqualTo(wanted.path("data"));
        assertThat(live.path("metadata")
                        .path("managedFields")
                        .path(0)
                        .path("manager")
                        .asText())
                .isEqualTo("berth");

        ObjectNode other = object("{'data': {'other': 'x'}}");
        assertThat(cluster.patchMerge(maps, ObjectKey.of(live), other, "")
                        .path("data")
                        .size())
                .isEqualTo(2);

        DeleteOptions wrongUid = new DeleteOptions(
                Optional.of("00000000-0000-0000-0000-000000000000"), DeleteOptions.Propagation.BACKGROUND, false);
        assertThatThrownBy(() -> cluster.delete(maps, ObjectKey.of(live), wrongUid))
                .isInstanceOfSatisfying(
                        ClusterException.class, e -> assertThat(e.kind()).isEqualTo(ClusterException.Kind.STALE));
        DeleteOptions right = new DeleteOptions(
                Optional.of(live.path("metadata").path("uid").asText()), DeleteOptions.Propagation.BACKGROUND, false);
        cluster.delete(maps, ObjectKey.of(live), right);
        assertThat(cluster.get(maps, "default", "applied")).isEmpty();
        assertThatThrownBy(() -> cluster.delete(maps, ObjectKey.of(live), DELETE))
                .isInstanceOfSatisfying(ClusterException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ClusterException.Kind.NOT_FOUND);
                    assertThat(e).hasMessage("ConfigMap default/applied: configmaps \"applied\" not found");
                });
    }

    @Test
    void namesTheManagersThatOwnAField() throws IOException {
        ApiResource maps = resource("v1", "ConfigMap");
        cluster.apply(maps, configMap("owned", "theirs"), new ApplyOptions("somebody", false, false));
        assertThatThrownBy(() -> cluster.apply(maps, configMap("owned", "ours"), APPLY))
                .isInstanceOfSatisfying(ClusterException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ClusterException.Kind.CONFLICT);
                    assertThat(e.causes())
                            .containsExactly(new ClusterException.Cause(
                                    ".data.key", "FieldManagerConflict", "conflict with \"somebody\""));
                });
        assertThat(cluster.apply(maps, configMap("owned", "ours"), new ApplyOptions("berth", true, false))
                        .path("data")
                        .path("key")
                        .asText())
                .isEqualTo("ours");
    }

    @Test
    void tellsWhatIsWrongWithAnObject() throws IOException {
        ApiResource services = resource("v1", "Service");
        ObjectNode bad =
                object("{'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': 'bad', 'namespace': 'default'},"
                        + " 'spec': {'ports': [{'port': 99999}]}}");
        assertThatThrownBy(() -> cluster.apply(services, bad, APPLY))
                .isInstanceOfSatisfying(ClusterException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ClusterException.Kind.INVALID);
                    assertThat(e.immutable()).isFalse();
                    assertThat(e.causes()).anyMatch(cause -> cause.field().equals("spec.ports[0].port"));
                });
    }

    @Test
    void tellsAnImmutableField() throws IOException {
        for (String selector : List.of("a", "b")) {
            ObjectNode deployment =
                    object("{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'fixed',"
                            + " 'namespace': 'default'}, 'spec': {'selector': {'matchLabels': {'app': 'SEL'}}, 'template': {'metadata':"
                                    .replace("SEL", selector)
                            + " {'labels': {'app': 'SEL'}}, 'spec': {'containers': [{'name': 'c', 'image': 'i'}]}}}}"
                                    .replace("SEL", selector));
            ApiResource deployments = resource("apps/v1", "Deployment");
            if (selector.equals("a")) {
                cluster.apply(deployments, deployment, APPLY);
            } else {
                assertThatThrownBy(() -> cluster.apply(deployments, deployment, APPLY))
                        .isInstanceOfSatisfying(
                                ClusterException.class,
                                e -> assertThat(e.immutable())
                                        .as(e.getMessage())
                                        .isTrue());
                cluster.delete(deployments, ObjectKey.of(deployment), DELETE);
            }
        }
    }

    @Test
    void listsManyPages() throws IOException {
        kubernetes.kubectl("create", "namespace", "pages");
        ApiResource maps = resource("v1", "ConfigMap");
        Set<String> made = new TreeSet<>();
        for (int i = 0; i < 1100; i++) {
            ObjectNode map = configMap("page-" + i, "x");
            map.withObject("/metadata")
                    .put("namespace", "pages")
                    .putObject("labels")
                    .put("of", "pages");
            cluster.apply(maps, map, APPLY);
            made.add("page-" + i);
        }
        List<String> names = new ArrayList<>();
        String version = cluster.list(maps, "pages", "of=pages", each -> {
            assertThat(each.path("kind").asText()).isEqualTo("ConfigMap");
            names.add(each.path("metadata").path("name").asText());
        });
        assertThat(names).hasSize(1100).containsExactlyInAnyOrderElementsOf(made);
        assertThat(version).isNotEmpty();
        kubernetes.kubectl("delete", "namespace", "pages", "--wait=false");
    }

    @Test
    void watches() throws IOException {
        ApiResource maps = resource("v1", "ConfigMap");
        String version = cluster.list(maps, "default", "", each -> {});
        try (Watch watch = cluster.watch(maps, "default", "metadata.name=watched", "", version)) {
            assertThat(watch.next(Duration.ofMillis(50))).isEmpty();
            cluster.apply(maps, configMap("watched", "one"), APPLY);
            cluster.apply(maps, configMap("watched", "two"), APPLY);
            cluster.delete(maps, ObjectKey.of(configMap("watched", "")), DELETE);
            for (WatchEvent.Type type : WatchEvent.Type.values()) {
                assertThat(watch.next(Duration.ofSeconds(30)))
                        .hasValueSatisfying(event -> assertThat(event.type()).isEqualTo(type));
            }
            assertThat(Long.parseLong(watch.resourceVersion())).isGreaterThan(Long.parseLong(version));
        }
    }

    @Test
    void saysWhatIsForbidden() throws IOException {
        try (Cluster nobody = Cluster.connect(ClusterAddress.of(kubernetes.kubeconfigAs("nobody")))) {
            ApiResource maps = nobody.discovery().find("v1", "ConfigMap").orElseThrow();
            assertThatThrownBy(() -> nobody.apply(maps, configMap("forbidden", "x"), APPLY))
                    .isInstanceOfSatisfying(ClusterException.class, e -> {
                        assertThat(e.kind()).isEqualTo(ClusterException.Kind.FORBIDDEN);
                        assertThat(e)
                                .hasMessageStartingWith("ConfigMap default/forbidden: ")
                                .hasMessageContaining("User \"nobody\" cannot patch resource \"configmaps\"");
                    });
        }
    }

    @Test
    void saysThatATokenIsNotAccepted(@TempDir Path directory) throws IOException {
        String admin = Files.readString(kubernetes.kubeconfig());
        Path file = Files.writeString(
                directory.resolve("config"), admin.replaceAll("user: \\{.*\\}", "user: {token: \"not-a-token\"}"));
        try (Cluster wrong = Cluster.connect(ClusterAddress.of(file))) {
            assertThatThrownBy(wrong::discovery).isInstanceOfSatisfying(ClusterException.class, e -> {
                assertThat(e.kind()).isEqualTo(ClusterException.Kind.UNAUTHORIZED);
                assertThat(e).hasMessageContaining("log in again");
            });
        }
    }

    @Test
    void trustsOnlyTheAuthorityOfTheFile(@TempDir Path directory) throws IOException {
        String admin = Files.readString(kubernetes.kubeconfig());
        Path file = Files.writeString(
                directory.resolve("config"), admin.replaceAll(", certificate-authority-data: [^}]*", ""));
        try (Cluster wrong = Cluster.connect(ClusterAddress.of(file))) {
            assertThatThrownBy(wrong::discovery)
                    .isInstanceOf(ClusterException.class)
                    .hasMessageContaining("a certificate that is not trusted");
        }
        Files.writeString(
                file, admin.replaceAll("certificate-authority-data: [^}]*", "insecure-skip-tls-verify: true"));
        try (Cluster careless = Cluster.connect(ClusterAddress.of(file))) {
            assertThat(careless.raw("/version").path("minor").asText()).isEqualTo("20");
        }
    }
}
