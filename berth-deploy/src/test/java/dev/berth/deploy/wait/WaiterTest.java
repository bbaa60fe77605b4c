package dev.berth.deploy.wait;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.ManyKinds;
import dev.berth.deploy.Objects;
import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Ready;
import dev.berth.deploy.wait.Readiness.Troubled;
import dev.berth.deploy.wait.Readiness.Waiting;
import dev.berth.kubernetes.Cluster;
import dev.berth.kubernetes.ClusterAddress;
import dev.berth.kubernetes.DeleteOptions;
import dev.berth.testing.RealKubernetes;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Waiting on a real control plane whose controllers run, with the test in the place of scheduler and kubelet. */
class WaiterTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final String namespace = "waiter-" + NAMES.incrementAndGet();
    private final Story story = new Story();
    private final Cluster cluster;
    private final Kubelet kubelet;

    WaiterTest() throws IOException {
        cluster = Cluster.connect(ClusterAddress.of(RealKubernetes.shared().kubeconfig()));
        kubelet = new Kubelet(cluster, namespace);
    }

    @BeforeEach
    void makeNamespace() throws IOException {
        kubelet.apply(Objects.of("v1", "Namespace", "metadata: {name: '" + namespace + "'}"));
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private ObjectNode deployment(int replicas, String image) {
        return Objects.of(
                "apps/v1",
                "Deployment",
                "metadata: {name: 'web', namespace: '" + namespace + "'}, spec: {replicas: " + replicas
                        + ", progressDeadlineSeconds: 600, selector: {matchLabels: {run: 'web'}}, template: {metadata:"
                        + " {labels: {run: 'web'}}, spec: {containers: [{name: 'main', image: '" + image + "'}]}}}");
    }

    private Future<Waited> wait(Duration patience, Awaited... objects) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return Waiter.await(cluster, List.of(objects), Deadline.in(patience), story);
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                Executors.newVirtualThreadPerTaskExecutor());
    }

    private static Waited get(Future<Waited> waited) throws Exception {
        return waited.get(90, TimeUnit.SECONDS);
    }

    @Test
    void aDeploymentBecomesReadyWhenItsPodsRun() throws Exception {
        Awaited web = kubelet.apply(deployment(2, "a"));
        Future<Waited> waited = wait(LONG, web);
        story.until(line -> line.contains("0 of 2 pods available"));
        for (ObjectNode pod : kubelet.pods("run=web", 2)) {
            kubelet.run(pod);
        }
        assertThat(get(waited).isReady()).isTrue();
        assertThat(story.lines()).last().asString().contains("Ready");
        assertThat(story.lines()).noneMatch(line -> line.startsWith("report") || line.startsWith("says"));
    }

    @Test
    void aCrashLoopIsToldAtOnceAndItsEndIsAwaited() throws Exception {
        Awaited web = kubelet.apply(deployment(1, "a"));
        Future<Waited> waited = wait(LONG, web);
        ObjectNode pod = kubelet.pods("run=web", 1).getFirst();
        story.until(line -> line.contains("0 of 1 pod available"));
        kubelet.warn(pod, "Unhealthy", "not\u001b[2J yet");
        kubelet.crash(pod);
        story.until(line -> line.startsWith("report on Deployment"));
        assertThat(story.lines())
                .contains("Deployment " + namespace + "/web Troubled[why=pod " + WorkloadPods.name(pod)
                        + ": container main: CrashLoopBackOff: back-off 40s restarting failed container]");
        assertThat(story.lines())
                .filteredOn(line -> line.startsWith("report"))
                .singleElement()
                .asString()
                .contains("pod " + WorkloadPods.name(pod) + ": container main: CrashLoopBackOff")
                .contains("  event (4 times) Unhealthy: not[2J yet");
        kubelet.run(pod);
        assertThat(get(waited).isReady()).isTrue();
    }

    @Test
    void runningBetweenTwoCrashesIsNotReady() throws Exception {
        Awaited web = kubelet.apply(deployment(1, "a"));
        Future<Waited> waited = wait(Duration.ofSeconds(10), web);
        ObjectNode pod = kubelet.pods("run=web", 1).getFirst();
        kubelet.crash(pod);
        story.until(line -> line.contains("Troubled"));
        kubelet.run(pod);
        story.until(line -> line.contains("is no longer in trouble"));
        kubelet.crash(pod);
        assertThat(get(waited).isReady()).as("%s", story.lines()).isFalse();
    }

    @Test
    void podsOfAnOlderRevisionAreNobodysTrouble() throws Exception {
        kubelet.apply(deployment(1, "old"));
        ObjectNode old = kubelet.pods("run=web", 1).getFirst();
        kubelet.crash(old);
        Awaited web = kubelet.apply(deployment(1, "new"));
        Future<Waited> waited = wait(LONG, web);
        List<ObjectNode> pods = kubelet.pods("run=web", 2);
        kubelet.crash(old);
        for (ObjectNode pod : pods) {
            if (!WorkloadPods.name(pod).equals(WorkloadPods.name(old))) {
                kubelet.run(pod);
            }
        }
        assertThat(get(waited).isReady()).isTrue();
        assertThat(story.lines()).noneMatch(line -> line.contains("Troubled") || line.startsWith("report"));
    }

    @Test
    void aVolumeThatCannotBeMountedIsToldByItsEvent() throws Exception {
        Awaited web = kubelet.apply(deployment(1, "a"));
        Future<Waited> waited = wait(Duration.ofSeconds(6), web);
        ObjectNode pod = kubelet.pods("run=web", 1).getFirst();
        story.until(line -> line.contains("0 of 1 pod available"));
        kubelet.warn(pod, "FailedMount", "MountVolume.SetUp failed: /nix/store/x-hello is in no cache");
        story.until(line -> line.contains("Troubled") && line.contains("is in no cache"));
        Waited end = get(waited);
        assertThat(end.isReady()).isFalse();
        assertThat(end.states().get(web.key())).isInstanceOf(Troubled.class);
        assertThat(story.lines()).anyMatch(line -> line.startsWith("report") && line.contains("FailedMount"));
    }

    @Test
    void aFailedJobEndsTheWait() throws Exception {
        Awaited job = kubelet.apply(Objects.of(
                "batch/v1",
                "Job",
                "metadata: {name: 'once', namespace: '" + namespace + "'}, spec: {backoffLimit: 0, template: {spec:"
                        + " {restartPolicy: 'Never', containers: [{name: 'main', image: 'x'}]}}}"));
        Awaited other = kubelet.apply(deployment(1, "a"));
        Future<Waited> waited = wait(LONG, job, other);
        ObjectNode pod = kubelet.pods("job-name=once", 1).getFirst();
        kubelet.status(
                pod,
                "phase: 'Failed', containerStatuses: [{name: 'main', ready: false, restartCount: 0, image: 'x', imageID:"
                        + " 'x', state: {terminated: {exitCode: 3, reason: 'Error'}}}]");
        Waited end = get(waited);
        assertThat(end.states().get(job.key()))
                .isEqualTo(new Failed("BackoffLimitExceeded: Job has reached the specified backoff limit"));
        assertThat(end.states().get(other.key())).isInstanceOf(Waiting.class);
        assertThat(story.lines())
                .anyMatch(line -> line.startsWith("report on Job") && line.contains("container main exited with 3"));
    }

    @Test
    void everyCommonKindBecomesReady() throws Exception {
        ManyKinds many = new ManyKinds(namespace);
        List<Awaited> awaited = new ArrayList<>();
        List<ObjectNode> later = new ArrayList<>();
        for (ObjectNode object : many.objects(1)) {
            String kind = object.path("kind").asText();
            if (kind.equals("CustomResourceDefinition") || kind.equals("Namespace")) {
                awaited.add(kubelet.apply(object));
            } else {
                later.add(object);
            }
        }
        assertThat(Waiter.await(cluster, awaited, Deadline.in(LONG), story).isReady())
                .as("%s", story.lines())
                .isTrue();
        Deadline served = Deadline.in(LONG);
        while (cluster.rediscover().find(many.group() + "/v1", "Widget").isEmpty()
                || cluster.discovery().find(many.group() + "/v1", "Factory").isEmpty()) {
            served.pause(Duration.ofMillis(200));
        }
        awaited.clear();
        for (ObjectNode object : later) {
            awaited.add(kubelet.apply(object));
        }
        Waited end = Waiter.await(cluster, awaited, Deadline.in(LONG), story);
        assertThat(end.states().values()).as("%s", story.lines()).allMatch(Ready.class::isInstance);
        assertThat(story.lines())
                .anyMatch(line -> line.contains("Deployment"))
                .noneMatch(line -> line.startsWith("says"));
    }

    @Test
    void whatIsDeletedMeanwhileIsMissed() throws Exception {
        Awaited web = kubelet.apply(deployment(1, "a"));
        Future<Waited> waited = wait(Duration.ofSeconds(4), web);
        story.until(line -> line.contains("0 of 1 pod available"));
        cluster.delete(
                web.resource(),
                web.key(),
                new DeleteOptions(Optional.empty(), DeleteOptions.Propagation.BACKGROUND, false));
        assertThat(get(waited).states().get(web.key())).isEqualTo(new Waiting("was deleted"));
    }

    @Test
    void whoMayOnlyGetAsksByName() throws Exception {
        ObjectNode role = Objects.of(
                "rbac.authorization.k8s.io/v1",
                "Role",
                "metadata: {name: 'few', namespace: '" + namespace + "'}, rules: [{apiGroups: ['apps'], resources:"
                        + " ['deployments'], resourceNames: ['web'], verbs: ['get']}]");
        kubelet.apply(role);
        kubelet.apply(Objects.of(
                "rbac.authorization.k8s.io/v1",
                "RoleBinding",
                "metadata: {name: 'few', namespace: '" + namespace
                        + "'}, roleRef: {apiGroup: 'rbac.authorization.k8s.io',"
                        + " kind: 'Role', name: 'few'}, subjects: [{kind: 'User', apiGroup: 'rbac.authorization.k8s.io',"
                        + " name: '" + namespace + "'}]"));
        Awaited web = kubelet.apply(deployment(1, "a"));
        ObjectNode pod = kubelet.pods("run=web", 1).getFirst();
        try (Cluster limited =
                Cluster.connect(ClusterAddress.of(RealKubernetes.shared().kubeconfigAs(namespace)))) {
            limited.discovery();
            CompletableFuture<Waited> waited = new CompletableFuture<>();
            Thread.startVirtualThread(() -> {
                try {
                    waited.complete(Waiter.await(limited, List.of(web), Deadline.in(LONG), story));
                } catch (IOException e) {
                    waited.completeExceptionally(e);
                }
            });
            story.until(line -> line.contains("0 of 1 pod available"));
            kubelet.run(pod);
            assertThat(get(waited).isReady()).isTrue();
        }
        assertThat(story.lines()).anyMatch(line -> line.startsWith("says what Pods in"));
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        Awaited web = kubelet.apply(deployment(1, "a"));
        CompletableFuture<IOException> thrown = new CompletableFuture<>();
        Thread waiting = Thread.startVirtualThread(() -> {
            try {
                Waiter.await(cluster, List.of(web), Deadline.in(LONG), story);
                thrown.completeExceptionally(new AssertionError("it returned"));
            } catch (IOException e) {
                thrown.complete(e);
            }
        });
        story.until(line -> line.contains("0 of 1 pod available"));
        waiting.interrupt();
        assertThat(thrown.get(30, TimeUnit.SECONDS)).isInstanceOf(InterruptedIOException.class);
    }

    @Test
    void theDeadlineHolds() throws Exception {
        Awaited web = kubelet.apply(deployment(1, "a"));
        Waited end = get(wait(Duration.ofSeconds(2), web));
        assertThat(end.states().get(web.key())).isEqualTo(new Waiting("0 of 1 pod available"));
        assertThat(story.lines())
                .anyMatch(line -> line.startsWith("report on Deployment") && line.contains("not scheduled"));
    }

    @Test
    void nothingIsAskedWhereAllIsReady() throws Exception {
        Awaited map =
                kubelet.apply(Objects.of("v1", "ConfigMap", "metadata: {name: 'a', namespace: '" + namespace + "'}"));
        assertThat(Waiter.await(cluster, List.of(map), Deadline.in(LONG), story).isReady())
                .isTrue();
        assertThat(story.lines()).isEmpty();
    }
}
