package dev.berth.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.node.FetchLimits;
import dev.berth.node.NodeConfig;
import dev.berth.node.PresentationChoice;
import dev.berth.node.expression.ExpressionConfig;
import dev.berth.node.kubelet.KubeletConfig;
import dev.berth.store.config.ConfigException;
import dev.berth.store.config.HostPort;
import dev.berth.store.config.Yaml;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeFileTest {
    private static final NodeConfig DEFAULTS = NodeConfig.at(Path.of("/berth"));

    private static NodeConfig read(String text) {
        return NodeFile.of(Yaml.parse("node.yaml", text)).applyTo(DEFAULTS);
    }

    @Test
    void anEmptyFileSaysNothing() {
        assertThat(read("")).isEqualTo(DEFAULTS);
    }

    @Test
    void expressionsAreEvaluatedOnlyWhereTheFileSaysHow() {
        NodeConfig config = read("""
                fetches-at-once: 3
                probe-interval: 10s
                expressions:
                  nix: /opt/nix/bin/nix
                  builder: ssh-ng://gateway
                  timeout: 90s
                  memory-mib: 512
                  cache-mib: 64
                  impure: true
                  visible: [/etc/berth/flake]
                  settings: {max-jobs: "2"}
                """);
        assertThat(config.expressions())
                .contains(ExpressionConfig.of("/opt/nix/bin/nix")
                        .withBuilder("ssh-ng://gateway")
                        .withBounds(Duration.ofSeconds(90), 512L << 20)
                        .withCache(64L << 20)
                        .withImpure(true)
                        .withVisible(List.of(Path.of("/etc/berth/flake")))
                        .withSettings(Map.of("max-jobs", "2")));
        assertThat(config.fetching()).isEqualTo(new FetchLimits(3, Duration.ofSeconds(10)));
        assertThat(read("expressions: {timeout: 1m}").expressions())
                .contains(ExpressionConfig.of("nix").withBounds(Duration.ofMinutes(1), 8L << 30));
        assertThat(DEFAULTS.expressions()).isEmpty();
        assertThatThrownBy(() -> read("expressions: {memory-mib: 1}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("memory");
        assertThatThrownBy(() -> read("expressions: {visible: [flake]}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("'flake'");
        assertThatThrownBy(() -> read("expressions: {nux: nix}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("nux");
        assertThatThrownBy(() -> read("expressions: {settings: {max-jobs: \"2\\nsandbox = false\"}}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("max-jobs");
    }

    @Test
    void everythingCanBeSaid() {
        NodeConfig config = read("""
                root: /var/lib/berth
                node-name: worker-1
                system: aarch64-linux
                kubelet: {dir: /data/kubelet, compat: false}
                substituters: ["http://cache:8080", "https://cache.example.org"]
                trusted-public-keys: ["a-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
                substituting: {stall-timeout: 7s}
                verify-store-paths: true
                presentation: hardlink
                fetch-timeout: 1h
                call-timeout: 30s
                metrics: "[::1]:9099"
                """);
        assertThat(config.root()).isEqualTo(Path.of("/var/lib/berth"));
        assertThat(config.nodeId()).isEqualTo("worker-1");
        assertThat(config.system()).isEqualTo("aarch64-linux");
        assertThat(config.kubelet()).contains(new KubeletConfig(Path.of("/data/kubelet"), false));
        assertThat(config.sockets())
                .isEqualTo(Map.of("csi.berth.dev", Path.of("/data/kubelet/plugins/csi.berth.dev/csi.sock")));
        assertThat(config.substituters()).containsExactly("http://cache:8080", "https://cache.example.org");
        assertThat(config.trustedPublicKeys()).hasSize(1);
        assertThat(config.substituting().stallTimeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(config.verifyStorePaths()).isTrue();
        assertThat(config.presentation()).isEqualTo(PresentationChoice.HARDLINK);
        assertThat(config.fetchTimeout()).isEqualTo(Duration.ofHours(1));
        assertThat(config.callTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.metrics()).contains(new HostPort("::1", 9099));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            rot: /x | line 1: unknown key 'rot'
            rot: /x | policy, garbage, kubeconfig, nri, log
            root: x | 'x' is not an absolute path
            presentation: blue | 'blue' is none of auto, composefs, hardlink
            metrics: 9099 | not an address
            kubelet: {dire: /x} | unknown key 'kubelet.dire'
            log: {format: xml} | 'xml' is none of text, json
            log: {level: loud} | 'loud' is none of error
            verify-store-paths: perhaps | neither true nor false
            fetch-timeout: 0s | a timeout is not positive
            trusted-public-keys: [nonsense] | nonsense
            """)
    void whatCannotBeTakenIsRefusedInOneLine(String text, String message) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(ConfigException.class)
                .message()
                .contains(message)
                .doesNotContain("\n");
    }

    /** It has no size, and no end. */
    @Test
    void aDeviceIsNoConfiguration() {
        assertThatThrownBy(() -> NodeFile.read(Path.of("/dev/zero")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("/dev/zero is larger than");
    }

    @Test
    void theEnvironmentWins() {
        NodeConfig file = read("{node-name: a, kubelet: {dir: /k}, presentation: composefs}");
        NodeConfig config = NodeEnvironment.applyTo(
                file,
                Map.of(
                        "KUBE_NODE_NAME", "b",
                        "ENABLE_COMPAT_DRIVER", "false",
                        "VERIFY_STORE_PATHS", "true",
                        "CSI_COMPOSEFS", "false",
                        "METRICS_ENABLED", "true",
                        "METRICS_ADDR", "::"));
        assertThat(config.nodeId()).isEqualTo("b");
        assertThat(config.sockets()).containsOnlyKeys("csi.berth.dev");
        assertThat(config.verifyStorePaths()).isTrue();
        assertThat(config.presentation()).isEqualTo(PresentationChoice.HARDLINK);
        assertThat(config.metrics()).contains(new HostPort("::", 9099));
        assertThat(NodeEnvironment.applyTo(file, Map.of("KUBE_NODE_NAME", ""))).isEqualTo(file);
        assertThatThrownBy(() -> NodeEnvironment.applyTo(file, Map.of("METRICS_PORT", "tcp://10.0.0.1:80")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("METRICS_PORT");
        assertThatThrownBy(() -> NodeEnvironment.applyTo(file, Map.of("VERIFY_STORE_PATHS", "maybe")))
                .isInstanceOf(ConfigException.class)
                .hasMessage("VERIFY_STORE_PATHS: neither true nor false: 'maybe'");
    }
}
