package dev.berth.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.node.csi.CsiClient;
import dev.berth.node.csi.InlineVolume;
import dev.berth.node.expression.ExpressionConfig;
import dev.berth.testing.RealNix;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Volumes that a real Nix evaluates and builds, and the many ways in which that fails: each is one line, and leaves no process. */
class ExpressionVolumeTest extends ExpressionNode {
    private static final String ABSENT = "/nix/store/q06x3jll2yfzckz2bzqak089p43ixkkq-nowhere";

    private static String app(String name) {
        return derivation(name, "mkdir -p $out/bin; echo " + name + " > $out/bin/run");
    }

    @Test
    void anExpressionIsBuiltIntoTheNodesStoreMountedAndKept() throws IOException {
        TestNode node = node(UnaryOperator.identity());
        InlineVolume volume = volume(node, "web", "nixExpr", app("first"));
        node.client().publish(volume);
        assertThat(volume.target().resolve("bin/run")).hasContent("first");
        String path = Files.readSymbolicLink(volume.target().resolve("nix/var/result"))
                .toString();
        assertThat(path).endsWith("-first");
        // Again, as kubelet does: it is there, and nothing is evaluated.
        node.client().publish(volume);
        assertThat(runs()).isEqualTo(1);
        TestNode.refusal(
                Status.Code.ALREADY_EXISTS, () -> node.client().publish(volume(node, "web", "nixExpr", app("second"))));
        // An agent that comes later knows what the volume was asked to be, and keeps what it shows.
        node.restart(config -> config.withExpressions(ExpressionConfig.of(program.toString())));
        node.client().publish(volume);
        assertThat(runs()).isEqualTo(1);
        new RealNix(Files.createDirectories(dir.resolve("nix")))
                .output("nix-store", "--gc", "--store", "local?root=" + node.root());
        assertThat(volume.target().resolve("bin/run")).hasContent("first");
        node.unpublish("web");
        node.assertNothingLeft();
    }

    @Test
    void aFlakeIsBuiltAndComesBeforeAnExpressionAndBehindAStorePath() throws IOException {
        Path flake = Files.createDirectories(dir.toRealPath().resolve("flake"));
        Files.writeString(
                flake.resolve("flake.nix"), """
                { outputs = _: { packages.%s = { default = %s; other = %s; }; }; }
                """.formatted(TestNode.SYSTEM, app("of-the-flake"), app("other")));
        TestNode node = node(UnaryOperator.identity());
        InlineVolume both = volume(node, "both", "nixExpr", app("expr"), "flakeRef", "path:" + flake);
        node.client().publish(both);
        assertThat(both.target().resolve("bin/run")).hasContent("of-the-flake");
        String built =
                Files.readSymbolicLink(both.target().resolve("nix/var/result")).toString();
        int before = runs();
        InlineVolume path = volume(node, "path", TestNode.SYSTEM, built, "flakeRef", "path:" + flake + "#other");
        node.client().publish(path);
        assertThat(path.target().resolve("bin/run")).hasContent("of-the-flake");
        assertThat(runs()).as("evaluations where the store path is there").isEqualTo(before);
        // The first that succeeds wins.
        InlineVolume last =
                volume(node, "last", TestNode.SYSTEM, ABSENT, "flakeRef", "path:/nowhere", "nixExpr", app("expr"));
        node.client().publish(last);
        assertThat(last.target().resolve("bin/run")).hasContent("expr");
        for (String pod : List.of("both", "path", "last")) {
            node.unpublish(pod);
        }
        assertThat(refusal(
                        node,
                        Status.Code.NOT_FOUND,
                        TestNode.SYSTEM,
                        ABSENT,
                        "flakeRef",
                        "path:/nowhere",
                        "nixExpr",
                        "abort ''never''"))
                .contains("nowhere", "no cache is configured", "flakeRef 'path:/nowhere'", "No such file", "never");
    }

    @Test
    void whatIsWrongWithAnExpressionIsSaidInOneLineWithItsPlace() throws IOException {
        TestNode node = node(UnaryOperator.identity());
        assertThat(refusal(node, Status.Code.INVALID_ARGUMENT, "nixExpr", "{ }: nothing"))
                .contains("nixExpr '{ }: nothing'", "nixExpr:1:6", "undefined variable 'nothing'");
        assertThat(refusal(node, Status.Code.INVALID_ARGUMENT, "nixExpr", "let a = 1; in"))
                .contains("syntax error");
        assertThat(refusal(node, Status.Code.INVALID_ARGUMENT, "nixExpr", "[ ]"))
                .contains("nothing to build");
        assertThat(refusal(
                        node,
                        Status.Code.INVALID_ARGUMENT,
                        "nixExpr",
                        derivation("bad", "echo looking; echo no such library >&2; exit 7")))
                .contains("exit code 7", "no such library")
                .doesNotContain("nix log");
        for (String reference : List.of("--help", "./here", "a b", "path:/x\ny", "github:ü/x")) {
            assertThat(refusal(node, Status.Code.INVALID_ARGUMENT, "flakeRef", reference))
                    .contains("not a flake reference");
        }
        assertThat(runs()).isEqualTo(4);
    }

    /** The evaluator loops, a builder hangs, or builders say too much: each ends, with all that it started. */
    @Test
    void whatDoesNotEndIsEnded() throws IOException {
        TestNode node = node(config -> config.withBounds(Duration.ofSeconds(3), 4L << 30));
        assertThat(refusal(
                        node,
                        Status.Code.DEADLINE_EXCEEDED,
                        "nixExpr",
                        "let f = n: if n == 0 then 0 else f (n - 1); in builtins.foldl' (a: _: f 1000) 0"
                                + " (builtins.genList (x: x) 100000000)"))
                .contains("did not end within 3 seconds");
        assertThat(refusal(
                        node,
                        Status.Code.DEADLINE_EXCEEDED,
                        "nixExpr",
                        derivation("hangs", "echo waiting for Godot; sleep 98765431 & sleep 98765432")))
                .contains("did not end within 3 seconds", "waiting for Godot");
        assertThat(processes("sleep 9876543")).isEmpty();
        assertThat(refusal(
                        node,
                        Status.Code.DEADLINE_EXCEEDED,
                        "nixExpr",
                        "builtins.foldl' (a: n: builtins.trace \"${toString n} talks and talks\" n) 0"
                                + " (builtins.genList (x: x) 100000000)"))
                .contains("did not end within 3 seconds");
        assertThat(refusal(
                        node,
                        Status.Code.INVALID_ARGUMENT,
                        "nixExpr",
                        "builtins.foldl' (a: n: a + n) 0 (builtins.genList (x: x) 1000000000)"))
                .contains("out of memory");
    }

    /** One that does not end when it is asked to is killed, and can't remove what its builders had. */
    @Test
    void whatAKilledNixLeavesOnTheDiskGoes() throws IOException {
        Files.writeString(program, """
                #!/bin/sh
                mkdir $TMPDIR/nix-build-large && echo x > $TMPDIR/nix-build-large/file
                trap '' TERM
                echo deaf >&2
                while :; do sleep 1; done
                """);
        TestNode node = node(config -> config.withBounds(Duration.ofSeconds(1), 4L << 30));
        assertThat(refusal(node, Status.Code.DEADLINE_EXCEEDED, "nixExpr", derivation("deaf", "true")))
                .contains("did not end within 1 seconds", "deaf");
        node.awaitTrash();
        assertThat(TestNode.names(node.state().resolve("evaluation/tmp"))).isEmpty();
    }

    @Test
    void aBuilderThatTalksWithoutEndIsEnded() throws IOException {
        TestNode node = node(config -> config.withSettings(Map.of("max-build-log-size", "100000"))
                .withBounds(Duration.ofMinutes(1), 4L << 30));
        assertThat(refusal(
                        node,
                        Status.Code.INVALID_ARGUMENT,
                        "nixExpr",
                        derivation("talks", "while :; do echo and on and on; done")))
                .contains("100000", "log output");
    }

    @Test
    void volumesThatAreUnpublishedEndTheirEvaluation() throws Exception {
        TestNode node = node(UnaryOperator.identity());
        InlineVolume volume = volume(node, "web", "nixExpr", derivation("hangs", "sleep 98765433"));
        try (CsiClient hasty = CsiClient.connect(node.socket(), Duration.ofSeconds(3))) {
            assertThat(TestNode.refusal(Status.Code.DEADLINE_EXCEEDED, () -> hasty.publish(volume)))
                    .contains("still evaluating and building nixExpr", "call again");
        }
        assertThat(processes(node.root().toString())).isNotEmpty();
        node.unpublish("web");
        assertThat(processes(node.root().toString())).isEmpty();
        assertThat(processes("sleep 98765433")).isEmpty();
        node.assertNothingLeft();
    }

    /** The kernel ends the evaluation with the agent; the next agent removes what it was at. */
    @Test
    void anAgentKilledWhileItBuildsLeavesNothing() throws Exception {
        Path directory = Files.createDirectories(dir.resolve("node")).toRealPath();
        Path target = Files.createDirectories(directory.resolve("pods/web")).resolve("mount");
        InlineVolume volume = new InlineVolume(
                new InlineVolume.Pod("web", "default", "uid-of-web", "default"),
                "nix",
                target,
                true,
                Map.of("nixExpr", derivation("hangs", "echo begun; sleep 98765434")));
        try (AgentProcess agent = AgentProcess.start(directory, PresentationChoice.AUTO, "-", program.toString());
                CsiClient hasty = CsiClient.connect(agent.socket(), Duration.ofSeconds(8))) {
            assertThat(TestNode.refusal(Status.Code.DEADLINE_EXCEEDED, () -> hasty.publish(volume)))
                    .contains("still evaluating");
            assertThat(processes("sleep 98765434")).isNotEmpty();
            agent.kill();
        }
        // The kernel kills what has lost its parent at once, but not while we wait.
        for (int i = 0; i < 500 && !processes("sleep 98765434").isEmpty(); i++) {
            Thread.sleep(10);
        }
        assertThat(processes("sleep 98765434")).isEmpty();
        TestNode node = node(UnaryOperator.identity());
        node.assertNothingLeft();
        assertThat(TestNode.names(node.state().resolve("evaluation/results"))).isEmpty();
        assertThat(TestNode.names(node.state().resolve("evaluation/tmp"))).isEmpty();
    }

    /** What Nix keeps goes when it is too large, but not from under an evaluation that runs. */
    @Test
    void whatNixKeepsIsBoundedAndTakenFromNobody() throws Exception {
        Path used = Files.createFile(dir.toRealPath().resolve("used"));
        Path go = dir.toRealPath().resolve("go");
        Files.writeString(program, """
                #!/bin/sh
                echo "$HOME" >> %1$s
                fetched=$(mktemp "$HOME/XXXXXX")
                head -c 1500000 /dev/zero > "$fetched"
                case "$*" in *slow*) while ! [ -e %2$s ]; do sleep 0.05; done ;; esac
                nix "$@"; code=$?
                [ -e "$fetched" ] || echo lost >> %1$s
                exit $code
                """.formatted(used, go));
        Path homes = Files.createDirectories(dir.resolve("node/root/nix/var/berth/evaluation/home"));
        for (String left : List.of("cache", "2", "3")) {
            Files.createDirectory(homes.resolve(left));
        }
        TestNode node = node(config -> config.withCache(2 << 20));
        assertThat(TestNode.names(homes)).as("the newest of a killed agent").containsExactly("3");
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> slow = callers.submit(() -> node.client().publish(volume(node, "slow", "nixExpr", app("slow"))));
            await(() -> !Files.readString(used).isEmpty());
            assertThat(slow.isDone()).isFalse();
            List<String> pods = new ArrayList<>(List.of("slow"));
            await(() -> {
                String next = "pod-" + pods.size();
                node.client().publish(volume(node, next, "nixExpr", app(next)));
                pods.add(next);
                return Files.readAllLines(used).getLast().endsWith("/home/4");
            });
            assertThat(TestNode.names(homes)).contains("3", "4");
            Files.createFile(go);
            slow.get(30, TimeUnit.SECONDS);
            await(() -> !TestNode.names(homes).contains("3"));
            pods.forEach(node::unpublish);
        }
        assertThat(Files.readAllLines(used)).allMatch(line -> line.matches(".*/home/[3-9]"));
        node.assertNothingLeft();
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.sleep(20);
        }
    }

    @Test
    void volumesOfOneExpressionShareItsEvaluation() throws Exception {
        TestNode node = node(UnaryOperator.identity());
        String expression = derivation("slow", "sleep 1; mkdir -p $out/bin; echo slow > $out/bin/run");
        List<Future<?>> calls = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                InlineVolume volume = volume(node, "pod-" + i, "nixExpr", expression);
                calls.add(callers.submit(() -> node.client().publish(volume)));
            }
            for (Future<?> call : calls) {
                call.get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(runs()).isEqualTo(1);
        for (int i = 0; i < 8; i++) {
            assertThat(node.target("pod-" + i).resolve("bin/run")).hasContent("slow");
            node.unpublish("pod-" + i);
        }
        node.assertNothingLeft();
    }

    /** Built in another store, as by a gateway, and fetched from there. */
    @Test
    void anotherStoreMayBuild() throws IOException {
        Path builder = dir.toRealPath().resolve("builder");
        TestNode node = node(config -> config.withBuilder("local?root=" + builder + "&trusted=true")
                .withSettings(Map.of("build-users-group", "", "extra-sandbox-paths", "/bin/sh=/bin/busybox")));
        InlineVolume volume = volume(node, "web", "nixExpr", app("far"));
        node.client().publish(volume);
        assertThat(volume.target().resolve("bin/run")).hasContent("far");
        String path = Files.readSymbolicLink(volume.target().resolve("nix/var/result"))
                .toString();
        assertThat(builder.resolve(path.substring(1))).exists();
        assertThat(node.root().resolve(path.substring(1))).exists();
        node.unpublish("web");
        node.assertNothingLeft();
    }

    @Test
    void aNodeThatEvaluatesNothingSaysHowItWould() {
        TestNode node = TestNode.start(dir);
        open.add(node);
        assertThat(refusal(node, Status.Code.UNIMPLEMENTED, "flakeRef", "github:NixOS/nixpkgs#hello"))
                .contains("flakeRef", "--nix", "store path");
    }

    @Test
    void aProgramThatIsMissingIsSaid() throws IOException {
        TestNode node = TestNode.start(
                Files.createDirectories(dir.resolve("node")),
                base -> base.withExpressions(ExpressionConfig.of("/nowhere/nix")));
        open.add(node);
        assertThat(refusal(node, Status.Code.FAILED_PRECONDITION, "nixExpr", "1"))
                .contains("nixExpr", "/nowhere/nix");
        assertThatThrownBy(() -> ExpressionConfig.of("")).isInstanceOf(IllegalArgumentException.class);
    }
}
