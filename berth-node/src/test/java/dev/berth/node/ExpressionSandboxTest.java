package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Command;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What pods have evaluated and built does not see the node, nor what is for Nix alone. */
class ExpressionSandboxTest extends ExpressionNode {
    /** What pods have built must not see the node: builders run as root. Here Nix may not make the namespaces of a sandbox. */
    @Test
    void nothingIsBuiltOutsideOfTheSandbox() throws IOException {
        Files.writeString(program, """
                #!/bin/sh
                exec unshare --user --map-root-user /bin/sh -c \
                  'echo 0 > /proc/sys/user/max_mnt_namespaces; exec nix "$@"' nix "$@"
                """);
        Path trace = dir.toRealPath().resolve("trace");
        String escapes = derivation("escapes", "echo I was on the node > " + trace);
        TestNode node = node(UnaryOperator.identity());
        refusal(node, Status.Code.INVALID_ARGUMENT, "nixExpr", escapes);
        assertThat(trace).doesNotExist();
        // Unless the operator says so.
        node.restart(config -> config.withExpressions(
                config.expressions().orElseThrow().withSettings(Map.of("sandbox-fallback", "true"))));
        refusal(node, Status.Code.INVALID_ARGUMENT, "nixExpr", escapes);
        assertThat(trace).exists();
    }

    /** Neither other users of the node, who can read arguments, nor builders and flakes, which can name variables and files. */
    @Test
    void settingsAreForNixAlone() throws IOException {
        Files.writeString(program, """
                #!/bin/sh
                echo "error: $* $(env)" | grep -q topsecret && echo 'error: told to all' >&2 && exit 1
                file=${NIX_USER_CONF_FILES%%:*}
                echo "error: once '$(grep topsecret $file)' and then '$(cat $file)'" >&2
                exit 1
                """);
        TestNode node = node(config -> config.withSettings(Map.of("access-tokens", "example.org=topsecret")));
        assertThat(refusal(node, Status.Code.INVALID_ARGUMENT, "nixExpr", derivation("any", "true")))
                .contains("once 'access-tokens = example.org=topsecret' and then ''");
    }

    /** Nix is root, and copies whatever a flake has as its input. */
    @Test
    void flakesSeeNoFilesOfTheNode(@TempDir Path secrets) throws IOException {
        Files.writeString(secrets.resolve("token"), "topsecret");
        Path flake = Files.createDirectories(dir.toRealPath().resolve("flake"));
        Files.writeString(flake.resolve("flake.nix"), """
                { inputs.stolen = { url = "path:%s"; flake = false; };
                  outputs = { stolen, ... }: { packages.%s.default = %s; }; }
                """.formatted(
                        secrets.toRealPath(), TestNode.SYSTEM, derivation("thief", "echo ${stolen}/token > $out")));
        TestNode node = node(UnaryOperator.identity());
        assertThat(refusal(node, Status.Code.INVALID_ARGUMENT, "flakeRef", "path:" + flake))
                .contains(secrets.toRealPath() + "': No such file or directory");
        // Unless the operator says so.
        List<Path> visible = List.of(dir.toRealPath(), secrets.toRealPath());
        node.restart(config ->
                config.withExpressions(config.expressions().orElseThrow().withVisible(visible)));
        node.client().publish(volume(node, "web", "flakeRef", "path:" + flake));
        node.unpublish("web");
        node.assertNothingLeft();
    }

    /** Not even where the node's nix.conf allows it: they would let their builders out of the sandbox. */
    @Test
    void flakesDoNotChangeNixsSettings() throws IOException {
        Path conf = Files.createDirectories(dir.toRealPath().resolve("conf"));
        Files.writeString(conf.resolve("nix.conf"), "accept-flake-config = true\n");
        Files.writeString(program, "#!/bin/sh\nNIX_CONF_DIR=" + conf + " exec nix \"$@\"\n");
        Path trace = dir.toRealPath().resolve("trace");
        Path flake = Files.createDirectories(dir.toRealPath().resolve("flake"));
        Files.writeString(flake.resolve("flake.nix"), """
                { nixConfig.extra-sandbox-paths = [ "/bin/sh=/bin/busybox" "/node=%s" ];
                  outputs = _: { packages.%s.default = %s; }; }
                """.formatted(
                        dir.toRealPath(), TestNode.SYSTEM, derivation("escapes", "echo I was there > /node/trace")));
        TestNode node = node(UnaryOperator.identity());
        refusal(node, Status.Code.INVALID_ARGUMENT, "flakeRef", "path:" + flake);
        assertThat(trace).doesNotExist();
        node.restart(config -> config.withExpressions(
                config.expressions().orElseThrow().withSettings(Map.of("accept-flake-config", "true"))));
        refusal(node, Status.Code.INVALID_ARGUMENT, "flakeRef", "path:" + flake);
        assertThat(trace).exists();
    }

    /** What the agent's environment holds is not for pods. */
    @Test
    void expressionsSeeLittleOfTheEnvironment() throws IOException {
        assertThat(Command.of("printenv", "JAVA_HOME").run().stdout())
                .as("a variable to look for")
                .isNotBlank();
        TestNode node = node(config -> config.withImpure(true));
        assertThat(refusal(
                        node, Status.Code.INVALID_ARGUMENT, "nixExpr", "throw ''<${builtins.getEnv \"JAVA_HOME\"}>''"))
                .contains("<>");
    }
}
