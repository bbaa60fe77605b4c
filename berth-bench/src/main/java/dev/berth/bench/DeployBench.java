package dev.berth.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A deployment that changes nothing, which is what most of them are: 500 objects of one file on one API server, by {@code berth
 * deploy} and by {@code kubectl apply --server-side}.
 */
final class DeployBench {
    private static final int GROUPS = 100;
    private static final double TARGET = 0.3;

    private final Bench bench;

    DeployBench(Bench bench) {
        this.bench = bench;
    }

    void run() throws IOException, InterruptedException {
        try (TestCluster kubernetes = TestCluster.controlPlane(bench)) {
            Path file = bench.fresh("objects.yaml");
            Files.writeString(file, objects());
            Program berth = bench.berth(
                    "deploy",
                    file.toString(),
                    "--yes",
                    "--discriminator",
                    "bench",
                    "--kubeconfig",
                    kubernetes.kubeconfig().toString());
            Program kubectl = Program.of(
                    List.of(
                            bench.project()
                                    .resolve(".cache/kubernetes/bin/kubectl")
                                    .toString(),
                            "--kubeconfig=" + kubernetes.kubeconfig(),
                            "--cache-dir=" + kubernetes.kubeconfig().resolveSibling("kubectl")),
                    "apply",
                    "--server-side",
                    "-f",
                    file.toString());
            Contest times = new Contest()
                    .add("Berth", run -> berth.run())
                    .add("kubectl", run -> kubectl.run())
                    .warmUp(1) // which makes them
                    .run(bench.runs(), "deploy of 500 objects that are there", bench.log());
            bench.report()
                    .compare(
                            "deploy of 500 objects that are there",
                            times.of("Berth"),
                            "kubectl",
                            times.of("kubectl"),
                            OptionalDouble.of(TARGET));
        }
    }

    /** Five kinds, as small as those of most manifests, of which none waits for anything. */
    private static String objects() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            String metadata = "{name: app-%d, namespace: default, labels: {app: app-%d}}".formatted(i, i);
            text.append("""
                    ---
                    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": %1$s}
                    ---
                    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": %1$s, "data": {"application.properties": "a=1\\nb=2\\n"}}
                    ---
                    {"apiVersion": "v1", "kind": "Service", "metadata": %1$s,
                     "spec": {"selector": {"app": "app"}, "ports": [{"name": "http", "port": 80, "protocol": "TCP"}]}}
                    ---
                    {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": %1$s,
                     "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]}
                    ---
                    {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": %1$s,
                     "spec": {"podSelector": {"matchLabels": {"app": "app"}}, "policyTypes": ["Ingress"]}}
                    """.formatted(metadata));
        }
        return text.toString();
    }
}
