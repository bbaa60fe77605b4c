package dev.berth.deploy.wait;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.Objects;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterAddress;
import dev.berth.testing.RealKubernetes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** An API server that ends while it is waited for objects, and comes back. */
class AwayTest {
    @Test
    void waitingGoesOnWhenTheApiServerIsBack() throws Exception {
        Story story = new Story();
        try (RealKubernetes kubernetes = RealKubernetes.start();
                Cluster cluster = Cluster.connect(ClusterAddress.of(kubernetes.kubeconfig()))) {
            Kubelet kubelet = new Kubelet(cluster, "default");
            Awaited web = kubelet.apply(Objects.of(
                    "apps/v1",
                    "Deployment",
                    "metadata: {name: 'web', namespace: 'default'}, spec: {replicas: 1, selector: {matchLabels: {run: 'web'}},"
                            + " template: {metadata: {labels: {run: 'web'}}, spec: {containers: [{name: 'main', image:"
                            + " 'x'}]}}}"));
            ObjectNode pod = kubelet.pods("run=web", 1).getFirst();
            CompletableFuture<Waited> waited = new CompletableFuture<>();
            Thread.startVirtualThread(() -> {
                try {
                    waited.complete(Waiter.await(cluster, List.of(web), Deadline.in(Duration.ofMinutes(2)), story));
                } catch (IOException e) {
                    waited.completeExceptionally(e);
                }
            });
            story.until(line -> line.contains("0 of 1 pod available"));
            kubernetes.stopApi();
            story.until(line -> line.startsWith("says waiting for the API server"));
            kubernetes.startApi();
            story.until(line -> line.equals("says the API server answers again"));
            kubelet.run(pod);
            assertThat(waited.get(120, TimeUnit.SECONDS).isReady())
                    .as("%s", story.lines())
                    .isTrue();
        }
        assertThat(story.lines()).filteredOn(line -> line.startsWith("says")).hasSize(2);
    }
}
