package dev.berth.deploy.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.ManyKinds;
import dev.berth.deploy.apply.Outcome.Result;
import dev.berth.deploy.wait.Progress;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterAddress;
import dev.berth.testing.RealKubernetes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** An API server that ends while a deployment is under way. */
class InterruptedDeploymentTest {
    private static Deployment deployment(List<ObjectNode> objects, Duration timeout) {
        Deployment usual = Deployment.of(objects, Optional.of(new Discriminator("cut")));
        return new Deployment(
                objects,
                usual.discriminator(),
                usual.fieldManager(),
                usual.order(),
                usual.policy(),
                usual.concurrency(),
                timeout);
    }

    /** Does something once so many objects are done. */
    private record After(int objects, Runnable action, AtomicInteger done) implements DeployProgress {
        @Override
        public void did(Outcome outcome) {
            if (done.incrementAndGet() == objects) {
                action.run();
            }
        }

        @Override
        public void says(String line) {}
    }

    private static DeployReport deploy(Cluster cluster, Deployment deployment, int objects, Runnable action)
            throws IOException {
        Plan plan = new Planner(cluster, _ -> {}).plan(deployment);
        assertThat(plan.refused()).isEmpty();
        After progress = new After(objects, action, new AtomicInteger());
        return new Applier(cluster, progress, Progress.SILENT).apply(plan);
    }

    @Test
    void isGoneOnWithWhenItIsBackAndToldWhenItIsNot() throws Exception {
        try (RealKubernetes kubernetes = RealKubernetes.start();
                Cluster cluster = Cluster.connect(ClusterAddress.of(kubernetes.kubeconfig()))) {
            List<ObjectNode> some = new ManyKinds("cut").objects(1);
            List<Thread> starting = new ArrayList<>();
            DeployReport resumed = deploy(cluster, deployment(some, Duration.ofMinutes(2)), 20, () -> {
                kubernetes.stopApi();
                starting.add(Thread.ofPlatform().start(kubernetes::startApi));
            });
            starting.getFirst().join();
            assertThat(resumed.problem()).isEmpty();
            assertThat(resumed.count(Result.CREATED)).isEqualTo(some.size());

            List<ObjectNode> more = new ArrayList<>(some);
            more.addAll(new ManyKinds("gone").objects(1));
            DeployReport ended = deploy(cluster, deployment(more, Duration.ofSeconds(5)), 20, kubernetes::stopApi);
            assertThat(ended.problem()).isPresent();
            assertThat(ended.count(Result.CREATED)).isGreaterThanOrEqualTo(20);
            assertThat(ended.count(Result.NOT_DONE)).isPositive();
            assertThat(ended.outcomes()).hasSize(more.size());

            kubernetes.startApi();
            DeployReport completed = deploy(cluster, deployment(more, Duration.ofMinutes(2)), 0, () -> {});
            assertThat(completed.problem()).isEmpty();
            assertThat(completed.count(Result.CREATED)).isLessThanOrEqualTo(more.size() - some.size() - 20);
            assertThat(completed.count(Result.CREATED) + completed.count(Result.UNCHANGED))
                    .isEqualTo(more.size());
        }
    }
}
