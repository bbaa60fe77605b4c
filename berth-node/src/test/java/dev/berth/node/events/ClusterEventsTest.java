package dev.berth.node.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterAddress;
import dev.berth.node.pods.PodRef;
import dev.berth.testing.FakeApiServer;
import dev.berth.testing.FakeApiServer.Answer;
import dev.berth.testing.FakeApiServer.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told to a server that misbehaves, and that nobody waits for it. */
class ClusterEventsTest {
    private static final PodRef POD = new PodRef("shop", "web-0", "u-1");
    private static final Answer DONE = Answer.of(200, "{\"kind\": \"Event\"}");

    @TempDir
    private Path directory;

    private final List<Request> seen = new CopyOnWriteArrayList<>();

    private interface Check {
        void with(ClusterEvents events) throws IOException;
    }

    private void on(Function<Request, Answer> answers, Check check) throws IOException {
        on(Duration.ofSeconds(20), answers, check);
    }

    private void on(Duration flush, Function<Request, Answer> answers, Check check) throws IOException {
        Function<Request, Answer> noting = request -> {
            seen.add(request);
            return answers.apply(request);
        };
        try (FakeApiServer server = new FakeApiServer(noting);
                Cluster cluster = Cluster.connect(ClusterAddress.of(server.kubeconfig(directory, "{}")));
                ClusterEvents events = ClusterEvents.start(cluster, "node-1", Duration.ofMillis(50), flush)) {
            check.with(events);
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() < end) {
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        assertThat(condition.getAsBoolean()).as("in time").isTrue();
    }

    @Test
    void theFirstIsCreatedAndThoseThatFollowAreCounted() throws IOException {
        on(_ -> DONE, events -> {
            events.report(POD, Reason.FAILED_VOLUME_MOUNT, "first\n\u001b[0m");
            await(() -> events.told() == 1);
            events.report(POD, Reason.FAILED_VOLUME_MOUNT, "second");
            await(() -> events.told() == 2);
        });
        assertThat(seen).hasSize(2);
        assertThat(seen.getFirst().method() + " " + seen.getFirst().path())
                .isEqualTo("POST /apis/events.k8s.io/v1/namespaces/shop/events");
        assertThat(seen.getFirst().body())
                .contains("\"note\":\"first [0m\"", "\"reason\":\"NixFailedVolumeMount\"", "\"type\":\"Warning\"")
                .doesNotContain("series");
        assertThat(seen.getLast().method() + " " + seen.getLast().path())
                .matches("PATCH /api/v1/namespaces/shop/events/web-0\\.[0-9a-f]{8}");
        assertThat(seen.getLast().body()).contains("\"message\":\"second\"", "\"series\":{\"count\":2,");
    }

    @Test
    void anEventOfAnEarlierAgentIsCountedOn() throws IOException {
        on(
                request -> request.method().equals("POST")
                        ? Answer.status(409, "AlreadyExists", "there")
                        : Answer.of(200, "{\"kind\": \"Event\", \"series\": {\"count\": 7}}"),
                events -> {
                    events.report(POD, Reason.VOLUME_MOUNT, "mounted");
                    await(() -> events.told() == 1);
                });
        assertThat(seen.getLast().body()).contains("\"series\":{\"count\":8,");
    }

    @Test
    void anEventThatTheServerForgotIsCreatedAgain() throws IOException {
        on(request -> request.method().equals("PATCH") ? Answer.status(404, "NotFound", "gone") : DONE, events -> {
            events.report(POD, Reason.VOLUME_MOUNT, "mounted");
            await(() -> events.told() == 1);
            events.report(POD, Reason.VOLUME_MOUNT, "mounted again");
            await(() -> events.told() == 2);
        });
        assertThat(seen).extracting(Request::method).containsExactly("POST", "PATCH", "POST");
    }

    @Test
    void aServerThatHasJustStartedAndDoesNotKnowItsRulesYetIsToldLater() throws IOException {
        Deque<Answer> answers = new ArrayDeque<>(List.of(
                Answer.status(500, "InternalError", "starting"), Answer.status(403, "Forbidden", "no rule yet")));
        on(_ -> answers.isEmpty() ? DONE : answers.pop(), events -> {
            events.report(POD, Reason.VOLUME_MOUNT, "mounted");
            await(() -> events.told() == 1);
            assertThat(events.dropped()).isZero();
        });
    }

    @Test
    void whatAServerRefusesIsDroppedAndTheNextIsTold() throws IOException {
        Deque<Answer> answers = new ArrayDeque<>(List.of(
                Answer.status(403, "Forbidden", "the namespace is being terminated"),
                Answer.status(422, "Invalid", "no"),
                Answer.of(200, "garbage")));
        on(_ -> answers.isEmpty() ? DONE : answers.pop(), events -> {
            events.report(POD, Reason.VOLUME_MOUNT, "a");
            await(() -> events.dropped() == 1);
            events.report(POD, Reason.FETCH, "b");
            await(() -> events.dropped() == 2);
            events.report(POD, Reason.BUILD, "c");
            await(() -> answers.isEmpty());
            events.report(POD, Reason.VOLUME_UNMOUNT, "d");
            await(() -> seen.stream().anyMatch(request -> request.body().contains("NixVolumeUnmount")));
        });
    }

    @Test
    void aServerThatFailsForAWhileIsToldLater() throws IOException {
        Deque<Answer> answers = new ArrayDeque<>(List.of(
                Answer.status(500, "InternalError", "etcd"),
                Answer.cut(),
                Answer.status(500, "InternalError", "etcd")));
        on(_ -> answers.isEmpty() ? DONE : answers.pop(), events -> {
            events.report(POD, Reason.VOLUME_MOUNT, "mounted");
            await(() -> events.told() == 1);
            assertThat(events.dropped()).isZero();
        });
        assertThat(seen.getLast().body()).contains("mounted");
    }

    @Test
    void aServerThatStallsHoldsUpNobody() throws IOException {
        on(Duration.ofMillis(300), _ -> Answer.stalled(), events -> {
            for (int i = 0; i < 3 * EventQueue.MOST; i++) {
                events.report(new PodRef("shop", "web-" + i, "u-" + i), Reason.VOLUME_MOUNT, "mounted");
            }
            assertThat(events.dropped()).as("what has no room").isGreaterThanOrEqualTo(EventQueue.MOST);
            // Closing gives up after its time: the test would not end.
        });
        assertThat(seen).hasSizeLessThan(10);
    }

    @Test
    void whatWaitsIsToldBeforeItEnds() throws IOException {
        on(_ -> DONE, events -> {
            for (int i = 0; i < 20; i++) {
                events.report(new PodRef("shop", "web-" + i, "u-" + i), Reason.VOLUME_MOUNT, "mounted");
            }
        });
        assertThat(seen).hasSize(20);
    }

    @Test
    void progressIsToldSeldom() throws IOException {
        on(_ -> DONE, events -> {
            for (int i = 0; i < 1000; i++) {
                events.progress(POD, Reason.FETCH, "fetched " + i + " of 999 MiB");
            }
            await(() -> seen.stream().anyMatch(request -> request.body().contains("fetched 999 of")));
        });
        assertThat(seen).hasSizeLessThan(20);
    }

    @Test
    void nothingIsToldOfPodsThatNobodyNamed() throws IOException {
        on(_ -> DONE, events -> {
            events.report(PodRef.NONE, Reason.VOLUME_MOUNT, "mounted");
            events.progress(new PodRef("", "web-0", "u"), Reason.FETCH, "fetched");
            events.reportNode(Reason.KERNEL_LIMITED, "old");
        });
        assertThat(seen).singleElement().satisfies(request -> {
            assertThat(request.path()).isEqualTo("/apis/events.k8s.io/v1/namespaces/default/events");
            assertThat(request.body())
                    .contains(
                            "\"regarding\":{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"name\":\"node-1\",\"uid\":\"node-1\"}");
        });
    }
}
