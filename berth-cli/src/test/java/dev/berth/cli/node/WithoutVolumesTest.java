package dev.berth.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.RealCluster;
import org.junit.jupiter.api.Test;

/** Containers that name store paths, on a real containerd: what they find at {@code /nix}, and what else is told to the pod. */
class WithoutVolumesTest extends OnClusterNode {
    private static String scratch(String script, String tools) {
        return "image: 'localhost/scratch:1', command: ['" + tools + "/bin/sh', '-c', '" + script + "']";
    }

    @Test
    void aContainerHasWhatItsCommandNames() {
        cluster.apply(ClusterNode.programPod("by-command", hello + "/bin/hello"));
        node.awaitPhase("by-command", "Succeeded");
        assertThat(cluster.output("logs", "by-command")).isEqualTo("hello world");
        node.awaitEvent("by-command", "NixInjection: container main has its store paths");
    }

    @Test
    void aContainerHasWhatItsEnvironmentNames() {
        cluster.apply(ClusterNode.podWithoutVolume(
                "by-environment",
                "",
                "image: 'localhost/busybox:1', env: [{name: HELLO, value: '" + hello
                        + "'}], command: [sh, '-c', 'cat $HELLO/share/name; touch /nix/store/x']"));
        node.awaitPhase("by-environment", "Failed");
        assertThat(cluster.output("logs", "by-environment")).contains("world", "Read-only file system");
    }

    @Test
    void aContainerMayWriteIfAnAnnotationSaysSo() {
        cluster.apply(ClusterNode.podWithoutVolume(
                "writing", "berth.dev/pod-rw: 'true'", scratch("echo new > /nix/said; cat /nix/said", hello)));
        node.awaitPhase("writing", "Succeeded");
        assertThat(cluster.output("logs", "writing")).isEqualTo("new");
    }

    @Test
    void anAnnotationNamesClosuresAndOtherPlacesByTheOldPrefix() {
        cluster.apply(ClusterNode.podWithoutVolume(
                "annotated",
                "nixkube/pod: '/etc/name=" + hello + "/share/name'",
                "image: 'localhost/busybox:1', command: [cat, /etc/name]"));
        node.awaitPhase("annotated", "Succeeded");
        assertThat(cluster.output("logs", "annotated")).isEqualTo("world");
    }

    @Test
    void anExcludedContainerIsLeftAlone() {
        cluster.apply(ClusterNode.podWithoutVolume(
                "excluded",
                "berth.dev/main-exclude: 'true'",
                "image: 'localhost/busybox:1', command: [sh, '-c', 'ls " + hello + " || echo nothing there']"));
        node.awaitPhase("excluded", "Succeeded");
        assertThat(cluster.output("logs", "excluded")).contains("nothing there");
    }

    @Test
    void aContainerWithAVolumeIsLeftAloneAndPathsOfItsEnvironmentAreInTheVolume() {
        String other = node.programs().hello("other");
        cluster.apply(ClusterNode.pod(
                        "volume",
                        ClusterNode.attribute(hello),
                        true,
                        "[/nix/var/result/bin/sh, -c, 'cat $OTHER/share/name']")
                .replace("    command:", "    env: [{name: OTHER, value: " + other + "}]\n    command:"));
        node.awaitPhase("volume", "Succeeded");
        assertThat(cluster.output("logs", "volume")).isEqualTo("other");
        node.awaitEvent("volume", "NixVolumeMount");
        assertThat(node.events("volume")).doesNotContain("NixInjection");
    }

    @Test
    void saysWhichPathNobodyHas() {
        cluster.apply(ClusterNode.programPod("nobody", NOBODYS + "/bin/hello"));
        node.awaitEvent("nobody", "NixFailedInjection: container main: ");
        assertThat(node.events("nobody")).contains(NOBODYS);
    }

    @Test
    void aContainerThatStartedWithoutTheAgentGetsItsPathsWhenItIsBack() {
        node.agent().terminate();
        cluster.apply(ClusterNode.podWithoutVolume(
                "early",
                "",
                "image: 'localhost/busybox:1', command: [sh, '-c', 'while ! cat " + hello
                        + "/share/name; do sleep 0.2; done; sleep 86400']"));
        node.awaitPhase("early", "Running");
        node.startAgent();
        RealCluster.await(
                ClusterNode.LIMIT,
                () -> cluster.kubectl("logs", "early").stdout().contains("world"),
                () -> "the container has nothing:\n" + ClusterNode.read(node.agentLog()));
        node.awaitEvent("early", "started without its store paths while the node agent was away; it has them now");
        node.delete("early");
    }
}
