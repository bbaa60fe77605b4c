package dev.berth.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Command;
import dev.berth.testing.RealCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code berth deploy} where pods really run, get ready, crash, and say something before they do. */
class RolloutTest {
    private static final String POD = """
                spec:
                  terminationGracePeriodSeconds: 0
                  automountServiceAccountToken: false
                  containers:
                  - {name: main, image: "localhost/busybox:1", command: [sh, -c, COMMAND]}
            """;

    @TempDir
    private Path dir;

    private RealCluster cluster;

    @BeforeEach
    void start() {
        cluster = RealCluster.shared();
    }

    @AfterEach
    void stop() {
        if (cluster != null) {
            berth("delete", "--discriminator=rollout", "--yes");
        }
    }

    private Command.Result berth(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--kubeconfig=" + cluster.kubeconfig());
        return cluster.run(Launch.berth(all));
    }

    private Command.Result deploy(String manifest, String... options) throws IOException {
        Path file = Files.writeString(dir.resolve("manifest.yaml"), manifest);
        List<String> arguments =
                new ArrayList<>(List.of("deploy", file.toString(), "--yes", "--discriminator=rollout"));
        arguments.addAll(List.of(options));
        return berth(arguments.toArray(String[]::new));
    }

    private static String workload(String kind, String name, String more, String command) {
        String group = kind.equals("Job") ? "batch/v1" : "apps/v1";
        String selector = kind.equals("Job") ? "" : "  selector: {matchLabels: {name: " + name + "}}\n";
        String policy = kind.equals("Job") ? "      restartPolicy: Never\n" : "";
        return "---\napiVersion: " + group + "\nkind: " + kind + "\nmetadata: {name: " + name
                + ", namespace: default}\nspec:\n" + more + selector + "  template:\n    metadata: {labels: {name: "
                + name + "}}\n" + POD.replace("COMMAND", command) + policy;
    }

    @Test
    void waitsForEachKindUntilItsPodsAreReady() throws IOException {
        String sleep = "\"sleep 1; touch /tmp/up; sleep 86400\"";
        String manifest = workload("Deployment", "deployment", "  replicas: 2\n", sleep)
                + workload("StatefulSet", "set", "  serviceName: set\n  replicas: 2\n", sleep)
                + workload("DaemonSet", "daemons", "", sleep)
                + workload("Job", "job", "  completions: 2\n", "\"echo done\"")
                + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: pod, namespace: default}\n"
                + POD.replace("COMMAND", sleep).indent(-4)
                + """
                ---
                apiVersion: v1
                kind: PersistentVolume
                metadata: {name: rollout}
                spec:
                  capacity: {storage: 1Mi}
                  accessModes: [ReadWriteOnce]
                  storageClassName: rollout
                  hostPath: {path: /run}
                ---
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: {name: rollout, namespace: default}
                spec: {storageClassName: rollout, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
                """;
        Command.Result result = deploy(
                manifest.replace(
                        "command: [sh",
                        "readinessProbe: {exec: {command: [cat, /tmp/up]}, periodSeconds: 1}, command: [sh"),
                "--timeout=100s");
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(result.stderr()).endsWith("berth: 7 created\n");
        assertThat(cluster.output("get", "deployment", "deployment", "-o", "jsonpath={.status.readyReplicas}"))
                .isEqualTo("2");
        assertThat(cluster.output("get", "statefulset", "set", "-o", "jsonpath={.status.readyReplicas}"))
                .isEqualTo("2");
        assertThat(cluster.output("get", "daemonset", "daemons", "-o", "jsonpath={.status.numberReady}"))
                .isEqualTo("1");
        assertThat(cluster.output("get", "job", "job", "-o", "jsonpath={.status.succeeded}"))
                .isEqualTo("2");
        assertThat(cluster.output("get", "pvc", "rollout", "-o", "jsonpath={.status.phase}"))
                .isEqualTo("Bound");
        assertThat(berth("status", "--discriminator=rollout").exitCode()).isZero();
    }

    @Test
    void showsTheLastLinesOfAPodThatCrashes() throws IOException {
        Command.Result result = deploy(
                workload("Deployment", "crashing", "", "\"echo first; echo the disk is made of cheese; exit 3\""),
                "--timeout=15s");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.stderr())
                .contains("  | the disk is made of cheese\n")
                .contains("container main exited with 3")
                .contains("Deployment default/crashing");
    }

    @Test
    void saysThatAnImageIsNotToBeHad() throws IOException {
        Command.Result result = deploy(
                workload("Deployment", "imageless", "", "\"true\"")
                        .replace("localhost/busybox:1", "localhost/absent:1"),
                "--timeout=15s");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.stderr()).contains("localhost/absent:1");
    }

    @Test
    void aFailedJobEndsTheWait() throws IOException {
        Command.Result result =
                deploy(workload("Job", "failing", "  backoffLimit: 0\n", "\"echo no luck; exit 1\""), "--timeout=100s");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.stderr()).contains("  | no luck\n").doesNotContain("100 s");
    }

    @Test
    void saysWhatKubeletSaysOfAVolumeThatCannotBeMounted() throws IOException {
        Command.Result result = deploy(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {name: driverless, namespace: default}\n"
                        + POD.replace("COMMAND", "\"true\"], volumeMounts: [{name: nix, mountPath: /nix}")
                                .indent(-4)
                        + "  volumes: [{name: nix, csi: {driver: nobody.example.org}}]\n",
                "--timeout=15s");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.stderr()).contains("nobody.example.org");
    }
}
