package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.node.ApiServerConfig;
import dev.berth.node.NodeAgent;
import dev.berth.node.NodeConfig;
import dev.berth.node.csi.CsiClient;
import dev.berth.node.csi.CsiException;
import dev.berth.node.csi.InlineVolume;
import dev.berth.node.expression.ExpressionConfig;
import dev.berth.testing.RealNix;
import dev.berth.testing.Requires;
import io.grpc.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Whatever thread of the agent writes a line about a publish, the line says whose it is. */
class NodeLogTest {
    private static final Logger NODE = (Logger) LoggerFactory.getLogger("dev.berth.node");
    private static final String SYSTEM = NodeConfig.thisSystem();
    private static final InlineVolume.Pod POD = new InlineVolume.Pod("web-0", "shop", "uid-of-web-0", "default");

    @TempDir
    private Path dir;

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> collector = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(new String(new LogLines(true).encode(event), StandardCharsets.UTF_8));
        }
    };

    @BeforeEach
    void listen() throws IOException {
        Requires.root();
        Requires.program("nix");
        dir = dir.toRealPath();
        NODE.setLevel(Level.INFO);
        collector.start();
        NODE.addAppender(collector);
    }

    @AfterEach
    void stop() {
        NODE.detachAppender(collector);
        NODE.setLevel(null);
    }

    private InlineVolume volume(String name, Map<String, String> attributes) throws IOException {
        Path target = Files.createDirectories(dir.resolve("pods").resolve(name)).resolve("mount");
        return new InlineVolume(POD, name, target, true, attributes);
    }

    private JsonNode awaitLine(String says) throws IOException, InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (true) {
            for (String line : lines) {
                JsonNode object = new ObjectMapper().readTree(line);
                if (object.path("message").asText().contains(says)) {
                    return object;
                }
            }
            assertThat(System.nanoTime()).as("%s in %s", says, lines).isLessThan(end);
            Thread.sleep(20);
        }
    }

    private static void isOf(InlineVolume volume, JsonNode line) {
        assertThat(line.path("namespace").asText()).isEqualTo("shop");
        assertThat(line.path("pod").asText()).isEqualTo("web-0");
        assertThat(line.path("volume").asText()).isEqualTo(volume.volumeId());
        assertThat(line.path("target").asText()).isEqualTo(volume.target().toString());
    }

    @Test
    void linesOfThreadsBehindACallHaveItsFields() throws Exception {
        RealNix nix = new RealNix(Files.createDirectories(dir.resolve("source")));
        String file = nix.build(expression("file", "echo > $out")).getFirst();
        String cache = "file://" + dir.resolve("cache");
        nix.output("nix", "copy", "--to", cache + "?compression=none", file);
        Path nobody = Files.writeString(dir.resolve("kubeconfig"), """
                contexts: [{name: c, context: {cluster: c}}]
                clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
                current-context: c
                """);
        Path socket = dir.resolve("csi.sock");
        NodeConfig config = NodeConfig.of(Files.createDirectories(dir.resolve("root")), socket)
                .withSubstituters(List.of(cache + "?trusted=1"), List.of())
                .withExpressions(ExpressionConfig.of("nix"))
                .withApiServer(Optional.of(ApiServerConfig.of(nobody)));
        try (NodeAgent _ = NodeAgent.start(config);
                CsiClient client = CsiClient.connect(socket, Duration.ofSeconds(60));
                CsiClient hasty = CsiClient.connect(socket, Duration.ofSeconds(2))) {
            InlineVolume fetched = volume("fetched", Map.of(SYSTEM, file));
            client.publish(fetched);
            JsonNode line = awaitLine("fetched ");
            isOf(fetched, line);
            assertThat("/nix/store/" + line.path("path").asText()).isEqualTo(file);
            isOf(fetched, awaitLine("events have to wait, the first of them NixVolumeMount"));
            client.unpublish(fetched.volumeId(), fetched.target());

            InlineVolume built = volume("built", Map.of("nixExpr", expression("built", "echo > $out")));
            client.publish(built);
            isOf(built, awaitLine("evaluated and built nixExpr"));
            client.unpublish(built.volumeId(), built.target());

            InlineVolume slow = volume("slow", Map.of("nixExpr", expression("slow", "sleep 3; exit 1")));
            assertThat(catchThrowableOfType(CsiException.class, () -> hasty.publish(slow))
                            .code())
                    .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            isOf(slow, awaitLine("failed while no call waited for it"));
        }
    }

    private static String expression(String name, String script) {
        return """
                derivation { name = "%s"; system = "%s"; builder = "/bin/sh"; args = [ "-c" ''%s'' ]; }
                """.formatted(name, SYSTEM, script);
    }
}
