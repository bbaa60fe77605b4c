package dev.berth.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.RealCluster;
import org.junit.jupiter.api.Test;

/** What people run, on a real kubelet and containerd: each kind of workload, and what its failure says. */
class WorkloadsTest extends OnClusterNode {
    WorkloadsTest() {
        super("--nix", "nix");
    }

    @Test
    void runsTheProgramOfAPath() {
        cluster.apply(ClusterNode.helloPod("path", hello));
        node.awaitPhase("path", "Succeeded");
        assertThat(cluster.output("logs", "path")).isEqualTo("hello world");
    }

    @Test
    void showsReadOnlyVolumesReadOnly() {
        cluster.apply(ClusterNode.sleepingPod("read-only", hello));
        node.awaitPhase("read-only", "Running");
        assertThat(node.exec("read-only", "/nix/var/result/bin/ls", "/nix/store")
                        .lines())
                .hasSize(2)
                .anyMatch(name -> ("/nix/store/" + name).equals(hello));
        assertThat(cluster.kubectl("exec", "read-only", "--", "/nix/var/result/bin/touch", "/nix/store/x")
                        .stderr())
                .contains("Read-only file system");
    }

    @Test
    void twoContainersShareAVolume() {
        String pod = ClusterNode.pod(
                        "shared",
                        ClusterNode.attribute(hello),
                        false,
                        "[/nix/var/result/bin/sh, -c, \"echo told > /nix/said; sleep 86400\"]")
                .replace("  volumes:", """
                          - name: other
                            image: localhost/scratch:1
                            command: [/nix/var/result/bin/sh, -c, "while ! cat /nix/said; do sleep 0.2; done; sleep 86400"]
                            volumeMounts: [{name: nix, mountPath: /nix, subPath: nix}]
                          volumes:""".indent(2).stripTrailing());
        cluster.apply(pod);
        node.awaitPhase("shared", "Running");
        RealCluster.await(
                ClusterNode.LIMIT,
                () -> cluster.kubectl("logs", "shared", "-c", "other").stdout().contains("told"),
                () -> "the other container reads nothing");
        // What one pod writes nobody else sees.
        cluster.apply(ClusterNode.sleepingPod("stranger", hello));
        node.awaitPhase("stranger", "Running");
        assertThat(node.exec("stranger", "/nix/var/result/bin/ls", "/nix")).doesNotContain("said");
    }

    @Test
    void mountsAPartOfThePackageAsSubPath() {
        cluster.apply(ClusterNode.sleepingPod("sub-path", hello)
                .replace("volumeMounts: [", "volumeMounts: [{name: nix, mountPath: /of/package, subPath: share}, "));
        node.awaitPhase("sub-path", "Running");
        assertThat(node.exec("sub-path", "/nix/var/result/bin/cat", "/of/package/name"))
                .isEqualTo("world");
    }

    @Test
    void runsWhatAnExpressionBuilds() {
        cluster.apply(expressionPod("expression", Programs.expression("expression")));
        node.awaitPhase("expression", "Succeeded");
        assertThat(cluster.output("logs", "expression")).isEqualTo("hello expression");
        node.awaitEvent("expression", "NixBuildSucceeded: volume nix: nixExpr came to /nix/store/");
    }

    @Test
    void saysWhatIsWrongWithAnExpression() {
        cluster.apply(expressionPod("no-expression", "let in 1 +"));
        node.awaitEvent("no-expression", "NixBuildFailed: volume nix: cannot build nixExpr");
        node.awaitEvent("no-expression", "syntax error");
        cluster.apply(expressionPod(
                "no-build", Programs.expression("no-build").replace("mkdir -p", "echo no luck; exit 1;")));
        node.awaitEvent("no-build", "NixBuildFailed: volume nix: cannot build nixExpr");
        node.awaitEvent("no-build", "no luck");
    }

    private static String expressionPod(String name, String expression) {
        String quoted = expression.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        return ClusterNode.pod(name, "nixExpr: \"" + quoted + "\"", true, "[/nix/var/result/bin/hello]");
    }

    @Test
    void saysWhichPathNobodyHas() {
        cluster.apply(ClusterNode.helloPod("missing", NOBODYS));
        node.awaitEvent("missing", NOBODYS);
        assertThat(node.phase("missing")).isEqualTo("Pending");
    }

    @Test
    void saysWhatIsNoPath() {
        cluster.apply(ClusterNode.helloPod("invalid", "/nix/store/hello"));
        node.awaitEvent("invalid", "'hello' is too short to be a store path");
        cluster.apply(ClusterNode.pod("unknown", "flavour: sweet", true, "[/nix/var/result/bin/hello]"));
        node.awaitEvent("unknown", "flavour");
    }

    @Test
    void refusesWhatNobodyTrusted() {
        String unsigned = node.programs().unsigned("stranger");
        cluster.apply(ClusterNode.helloPod("unsigned", unsigned));
        node.awaitEvent("unsigned", "untrusted (not signed)");
    }

    @Test
    void podsOutliveARestartOfKubeletWhichPublishesAgain() {
        cluster.apply(ClusterNode.sleepingPod("resident", hello));
        node.awaitPhase("resident", "Running");
        cluster.stop("kubelet");
        cluster.start("kubelet");
        assertThat(node.exec("resident", "/nix/var/result/bin/cat", "/nix/var/result/share/name"))
                .isEqualTo("world");
        cluster.apply(ClusterNode.helloPod("after", hello));
        node.awaitPhase("after", "Succeeded");
        node.delete("resident", "after");
        node.assertNothingStale();
    }
}
