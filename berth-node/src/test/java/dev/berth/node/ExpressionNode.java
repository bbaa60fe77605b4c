package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.node.csi.InlineVolume;
import dev.berth.node.expression.ExpressionConfig;
import dev.berth.testing.Requires;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Nodes whose expressions a real Nix evaluates, which says each time that it is run; none of them leaves a process. */
abstract class ExpressionNode {
    @TempDir
    Path dir;

    final List<AutoCloseable> open = new ArrayList<>();
    private Path runs;
    Path program;

    /** The Nix of this machine, which says each time that it is run. */
    @BeforeEach
    void wrapNix() throws IOException {
        Requires.root();
        Requires.program("nix");
        Requires.that(Files.isExecutable(Path.of("/bin/busybox")), "needs busybox-static");
        runs = dir.toRealPath().resolve("runs");
        Files.createFile(runs);
        program = dir.toRealPath().resolve("counted-nix");
        Files.writeString(program, "#!/bin/sh\necho run >> " + runs + "\nexec nix \"$@\"\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : open.reversed()) {
            resource.close();
        }
        assertThat(processes(dir.toRealPath().toString())).as("processes left").isEmpty();
    }

    TestNode node(UnaryOperator<ExpressionConfig> change) throws IOException {
        ExpressionConfig config =
                change.apply(ExpressionConfig.of(program.toString()).withVisible(List.of(dir.toRealPath())));
        TestNode node =
                TestNode.start(Files.createDirectories(dir.resolve("node")), base -> base.withExpressions(config));
        open.add(node);
        return node;
    }

    int runs() {
        try {
            return Files.readAllLines(runs).size();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The processes whose command lines have a text. */
    static List<String> processes(String text) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            for (Path process : all.filter(it -> it.getFileName().toString().matches("[0-9]+"))
                    .toList()) {
                try {
                    String line = Files.readString(process.resolve("cmdline")).replace('\0', ' ');
                    if (line.contains(text) && !line.contains("java")) {
                        found.add(process.getFileName() + ": " + line);
                    }
                } catch (IOException e) {
                    // It has ended meanwhile.
                }
            }
        }
        return found;
    }

    static String derivation(String name, String script) {
        return """
                derivation { name = "%s"; system = "%s"; builder = "/bin/sh"; args = [ "-c" ''%s'' ]; }
                """.formatted(name, TestNode.SYSTEM, script);
    }

    static InlineVolume volume(TestNode node, String pod, String... attributes) {
        Map<String, String> all = new java.util.HashMap<>();
        for (int i = 0; i < attributes.length; i += 2) {
            all.put(attributes[i], attributes[i + 1]);
        }
        return node.volume(pod, true, all);
    }

    static String refusal(TestNode node, Status.Code code, String... attributes) {
        String message = TestNode.refusal(code, () -> node.client().publish(volume(node, "web", attributes)));
        node.assertNothingLeft();
        return message;
    }
}
