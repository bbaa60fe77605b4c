package dev.berth.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterAddress;
import dev.berth.nix.StoreDir;
import dev.berth.testing.FakeApiServer;
import dev.berth.testing.FakeApiServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of a pod, however its server behaves. */
class ClusterPodsTest {
    private static final PodRef POD = new PodRef("shop", "web-0", "u-1");
    private static final Answer FOUND = Answer.of(
            200,
            "{\"kind\": \"Pod\", \"metadata\": {\"namespace\": \"shop\", \"name\": \"web-0\", \"uid\": \"u-1\"}, \"spec\": {}}");

    @TempDir
    private Path directory;

    private interface Check {
        void with(Pods pods, FakeApiServer server) throws IOException;
    }

    private void on(Check check, Answer... answers) throws IOException {
        try (FakeApiServer server = new FakeApiServer(answers);
                Cluster cluster = Cluster.connect(ClusterAddress.of(server.kubeconfig(directory, "{}")))) {
            check.with(new ClusterPods(cluster, StoreDir.DEFAULT), server);
        }
    }

    @Test
    void aPodIsReadOnceForSeveralVolumes() throws IOException {
        on(
                (pods, server) -> {
                    for (int i = 0; i < 3; i++) {
                        assertThat(pods.find(POD)).isInstanceOf(Pods.Answer.Found.class);
                    }
                    assertThat(server.requests()).containsExactly("GET /api/v1/namespaces/shop/pods/web-0");
                },
                FOUND);
    }

    @Test
    void onlyAnApiServerCanSayThatAPodIsGone() throws IOException {
        on(
                (pods, _) -> assertThat(pods.find(POD)).isEqualTo(new Pods.Answer.Absent()),
                Answer.status(404, "NotFound", "pods web-0 not found"));
        on(
                (pods, _) -> assertThat(pods.find(POD)).isInstanceOf(Pods.Answer.Unknown.class),
                Answer.of(404, "<html>no such page"));
    }

    @Test
    void aStaticPodMayBeMissing() throws IOException {
        on(
                (pods, _) -> {
                    PodRef ofAFile = new PodRef("shop", "web-0", "0123456789abcdef0123456789abcdef");
                    assertThat(pods.find(ofAFile)).isInstanceOf(Pods.Answer.Unknown.class);
                    assertThat(pods.find(POD)).as("others are still looked up").isInstanceOf(Pods.Answer.Found.class);
                },
                Answer.status(404, "NotFound", "pods web-0 not found"),
                FOUND);
    }

    @Test
    void anotherPodOfTheNameIsAnother() throws IOException {
        on(
                (pods, _) -> assertThat(pods.find(new PodRef("shop", "web-0", "u-0")))
                        .isEqualTo(new Pods.Answer.Replaced("u-1")),
                FOUND);
    }

    @Test
    void aServerThatFailsIsLeftAlone() throws IOException {
        for (Answer failure : new Answer[] {
            Answer.stalled(),
            Answer.cut(),
            Answer.of(200, "<html>"),
            Answer.of(200, "{\"kind\": \"Table\"}"),
            Answer.status(500, "InternalError", "etcd is away"),
            Answer.status(403, "Forbidden", "pods is forbidden")
        }) {
            on(
                    (pods, server) -> {
                        assertThat(pods.find(POD)).as(failure.toString()).isInstanceOf(Pods.Answer.Unknown.class);
                        int asked = server.requests().size();
                        for (int i = 0; i < 5; i++) {
                            assertThat(pods.find(POD)).isInstanceOf(Pods.Answer.Unknown.class);
                        }
                        assertThat(server.requests()).as(failure.toString()).hasSize(asked);
                    },
                    failure);
        }
    }

    @Test
    void nothingIsAskedOfAPodThatNobodyNamed() throws IOException {
        on(
                (pods, server) -> {
                    assertThat(pods.find(PodRef.NONE)).isEqualTo(new Pods.Answer.Unasked());
                    assertThat(server.requests()).isEmpty();
                },
                FOUND);
    }
}
