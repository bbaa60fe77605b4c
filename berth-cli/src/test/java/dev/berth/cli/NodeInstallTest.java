package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.node.NodeConfig;
import dev.berth.node.config.NodeFile;
import dev.berth.store.config.HostPort;
import dev.berth.testing.Project;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the Nix module of the agent renders. */
class NodeInstallTest {
    private static final String HOME = "berth.home";

    @TempDir
    private Path dir;

    @BeforeEach
    void beAtHome() {
        Requires.program("nix-instantiate");
        System.setProperty(HOME, Project.root().toString()); // as the launcher does
    }

    @AfterEach
    void leaveHome() {
        System.clearProperty(HOME);
    }

    private static Map<String, JsonNode> render(Path file) throws IOException {
        JsonNode list = new ObjectMapper().readTree(Cli.output("render", "--format", "json", file.toString()));
        Map<String, JsonNode> objects = new HashMap<>();
        list.path("items")
                .forEach(object -> objects.put(
                        object.path("kind").asText() + "/"
                                + object.path("metadata").path("name").asText(),
                        object));
        return objects;
    }

    private NodeConfig configuration(JsonNode map) throws IOException {
        Path file = dir.resolve("node.yaml");
        Files.writeString(file, map.path("data").path("node.yaml").asText());
        return NodeFile.read(file).applyTo(NodeConfig.at(Path.of("/unsaid")));
    }

    private static JsonNode object(Map<String, JsonNode> objects, String label) {
        return Optional.ofNullable(objects.get(label)).orElseThrow(() -> new AssertionError("no " + label));
    }

    private static JsonNode named(JsonNode list, String name) {
        return StreamSupport.stream(list.spliterator(), false)
                .filter(each -> each.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theExampleInstallsAnAgentThatReadsItsConfiguration() throws IOException {
        Map<String, JsonNode> objects = render(Project.root().resolve("examples/node/node.nix"));
        assertThat(objects)
                .containsOnlyKeys(
                        "Namespace/berth",
                        "ServiceAccount/berth-node",
                        "ConfigMap/berth-node",
                        "ClusterRole/berth-node",
                        "ClusterRoleBinding/berth-node",
                        "DaemonSet/berth-node",
                        "CSIDriver/csi.berth.dev",
                        "CSIDriver/nixkube",
                        "CSIDriver/nix.csi.store");
        NodeConfig config = configuration(object(objects, "ConfigMap/berth-node"));
        assertThat(config.root()).isEqualTo(Path.of("/var/lib/berth"));
        assertThat(config.sockets()).containsOnlyKeys(NodeConfig.DRIVERS);
        assertThat(config.substituters()).containsExactly("http://berth-gateway.berth:8080");
        assertThat(config.trustedPublicKeys()).hasSize(1);
        assertThat(config.metrics()).contains(new HostPort("", 9099));
        JsonNode driver = object(objects, "CSIDriver/nixkube").path("spec");
        assertThat(driver.path("attachRequired").asBoolean(true)).isFalse();
        assertThat(driver.path("podInfoOnMount").asBoolean()).isTrue();
        assertThat(driver.path("fsGroupPolicy").asText()).isEqualTo("None");
        JsonNode pod = object(objects, "DaemonSet/berth-node").at("/spec/template/spec");
        assertThat(pod.path("priorityClassName").asText()).isEqualTo("system-node-critical");
        JsonNode container = pod.path("containers").get(0);
        assertThat(container.at("/securityContext/privileged").asBoolean()).isTrue();
        for (String shared : new String[] {"store", "kubelet"}) {
            JsonNode mount = named(container.path("volumeMounts"), shared);
            assertThat(mount.path("mountPropagation").asText()).isEqualTo("Bidirectional");
            assertThat(mount.has("subPath")).isFalse();
            assertThat(named(pod.path("volumes"), shared).at("/hostPath/path").asText())
                    .as("the agent tells kubelet paths of the node")
                    .isEqualTo(mount.path("mountPath").asText());
        }
    }

    @Test
    void nixkubesNamesAreTakenAndAnyChangeOfTheConfigurationRollsThePods() throws IOException {
        String module = """
                { nixkube = {
                    enable = true; namespace = "nixkube"; hostMountPath = "/data/nix"; verifyStorePaths = true;
                    node.compat = false; node.tolerations = [ { operator = "Exists"; } ];
                    csi.composefs = false; metrics.port = 9100;
                    loggingConfig = { renderer = "logfmt"; root.level = "WARNING"; };
                  };
                  berth.node.image = "berth:1"; berth.node.settings.fetch-timeout = "%s"; }
                """;
        Path file = dir.resolve("node.nix");
        Files.writeString(file, module.formatted("1h"));
        Map<String, JsonNode> objects = render(file);
        assertThat(objects).containsKey("Namespace/nixkube").doesNotContainKey("CSIDriver/nixkube");
        NodeConfig config = configuration(object(objects, "ConfigMap/berth-node"));
        assertThat(config.root()).isEqualTo(Path.of("/data/nix"));
        assertThat(config.verifyStorePaths()).isTrue();
        assertThat(config.presentation()).hasToString("HARDLINK");
        assertThat(config.fetchTimeout()).hasHours(1);
        assertThat(config.metrics()).contains(new HostPort("", 9100));
        assertThat(NodeFile.read(dir.resolve("node.yaml")).logLevel()).contains("warn");
        Files.writeString(file, module.formatted("2h"));
        assertThat(hash(render(file))).isNotEqualTo(hash(objects));
    }

    @Test
    void withNriTheAgentReachesTheRuntimeAndItsContainers() throws IOException {
        Path file = dir.resolve("node.nix");
        Files.writeString(file, """
                { berth.node = { enable = true; image = "berth:1"; nri.enable = true; };
                  nixkube.nri.vmRuntimeHandlers = [ "kata" ]; }
                """);
        Map<String, JsonNode> objects = render(file);
        assertThat(configuration(object(objects, "ConfigMap/berth-node")).nri())
                .hasValueSatisfying(nri -> assertThat(nri.machines()).containsExactly("kata"));
        JsonNode pod = object(objects, "DaemonSet/berth-node").at("/spec/template/spec");
        assertThat(pod.path("hostPID").asBoolean()).isTrue();
        assertThat(named(pod.path("volumes"), "nri").at("/hostPath/path").asText())
                .isEqualTo("/var/run/nri");
        assertThat(named(pod.path("containers").get(0).path("volumeMounts"), "nri")
                        .path("mountPath")
                        .asText())
                .isEqualTo("/var/run/nri");
    }

    private static String hash(Map<String, JsonNode> objects) {
        String hash = object(objects, "DaemonSet/berth-node")
                .at("/spec/template/metadata/annotations")
                .path("berth.dev/configHash")
                .asText();
        assertThat(hash).hasSize(64);
        return hash;
    }
}
