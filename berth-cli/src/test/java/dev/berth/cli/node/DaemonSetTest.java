package dev.berth.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Command;
import dev.berth.testing.Project;
import dev.berth.testing.RealCluster;
import dev.berth.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent as users install it: the image of {@code scripts/image}, the Nix module, {@code berth deploy}. */
class DaemonSetTest {
    @TempDir
    private Path dir;

    private ClusterNode node;
    private RealCluster cluster;
    private Path module;

    @BeforeEach
    void start() throws IOException {
        cluster = RealCluster.shared();
        Path image = Project.root().resolve("target/berth-image.tar");
        Requires.that(Files.exists(image), "needs target/berth-image.tar: ./verify --cluster makes it");
        cluster.images(image);
        node = ClusterNode.withoutAgent(dir);
        module = dir.resolve("node.nix");
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.delete("resident", "with-volume", "without-volume");
            berth("delete", "--discriminator=daemon-set", "--yes", "--timeout=60s");
            node.stopCache();
        }
    }

    private Command.Result berth(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--kubeconfig=" + cluster.kubeconfig());
        return cluster.run(Launch.berth(all));
    }

    private void deploy(String more) throws IOException {
        Files.writeString(
                module, """
                {
                  berth.discriminator = "daemon-set";
                  berth.node = {
                    enable = true;
                    image = "localhost/berth:test";
                    hostMountPath = "/var/lib/berth";
                    nri.enable = true;
                    substituters = [ "http://%s" ];
                    trustedPublicKeys = [ "%s" ];
                    %s
                  };
                }
                """.formatted(ClusterNode.CACHE, node.programs().publicKey(), more));
        Command.Result result = berth("deploy", module.toString(), "--yes", "--timeout=100s");
        assertThat(result.exitCode()).as(result.stderr() + described()).isZero();
    }

    private String described() {
        return cluster.kubectl("describe", "pods", "-n", "berth").stdout()
                + cluster.kubectl("logs", "-n", "berth", "-l", "app.kubernetes.io/name=berth-node", "--tail=50")
                        .stdout();
    }

    @Test
    void itsPodServesPodsAndIsReplaced() throws IOException {
        deploy("");
        String hello = node.programs().hello("installed");
        cluster.apply(ClusterNode.sleepingPod("resident", hello));
        cluster.apply(ClusterNode.helloPod("with-volume", hello));
        cluster.apply(ClusterNode.programPod("without-volume", hello + "/bin/hello"));
        for (String pod : List.of("with-volume", "without-volume")) {
            node.awaitPhase(pod, "Succeeded");
            assertThat(cluster.output("logs", pod)).isEqualTo("hello installed");
            node.delete(pod);
        }
        node.awaitPhase("resident", "Running");
        node.awaitEvent("resident", "NixVolumeMount");

        // Another configuration has the agent replaced, while pods go on; the new one serves them and others.
        deploy("log.level = \"debug\";");
        assertThat(node.exec("resident", hello + "/bin/cat", hello + "/share/name"))
                .isEqualTo("installed");
        cluster.apply(ClusterNode.helloPod("with-volume", hello));
        cluster.apply(ClusterNode.programPod("without-volume", hello + "/bin/hello"));
        for (String pod : List.of("with-volume", "without-volume")) {
            node.awaitPhase(pod, "Succeeded");
        }
        node.delete("resident", "with-volume", "without-volume");
        RealCluster.await(
                ClusterNode.LIMIT, () -> mountsOfVolumes().isEmpty(), () -> String.join("\n", mountsOfVolumes()));
    }

    private List<String> mountsOfVolumes() {
        return cluster.run(List.of("cat", "/proc/self/mountinfo"))
                .stdout()
                .lines()
                .filter(line -> line.contains("/volumes/kubernetes.io~csi/") || line.contains("/var/lib/berth/"))
                .toList();
    }
}
