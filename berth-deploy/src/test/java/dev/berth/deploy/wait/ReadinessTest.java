package dev.berth.deploy.wait;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.deploy.Objects;
import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Ready;
import dev.berth.deploy.wait.Readiness.Troubled;
import dev.berth.deploy.wait.Readiness.Waiting;
import org.junit.jupiter.api.Test;

/** The rules of each kind, on objects as API servers write them. */
class ReadinessTest {
    private static final Readiness READY = new Ready();

    private static Readiness of(String apiVersion, String kind, String rest) {
        return Readiness.of(Objects.of(apiVersion, kind, rest));
    }

    private static Readiness deployment(String spec, String status) {
        return of("apps/v1", "Deployment", "metadata: {generation: 3}, spec: {" + spec + "}, status: {" + status + "}");
    }

    @Test
    void deploymentsAreReadyWhenAllNewPodsAreAvailableAndNoOldOneIsLeft() {
        assertThat(deployment(
                        "replicas: 3", "observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3"))
                .isEqualTo(new Waiting("its controller has not seen the change yet"));
        assertThat(deployment("replicas: 3", "")).isEqualTo(new Waiting("its controller has not seen the change yet"));
        assertThat(deployment(
                        "replicas: 3", "observedGeneration: 3, replicas: 4, updatedReplicas: 1, availableReplicas: 3"))
                .isEqualTo(new Waiting("1 of 3 pods updated"));
        assertThat(deployment(
                        "replicas: 3", "observedGeneration: 3, replicas: 4, updatedReplicas: 3, availableReplicas: 4"))
                .isEqualTo(new Waiting("1 old pod has to end"));
        assertThat(deployment(
                        "replicas: 3", "observedGeneration: 3, replicas: 3, updatedReplicas: 3, availableReplicas: 2"))
                .isEqualTo(new Waiting("2 of 3 pods available"));
        assertThat(deployment(
                        "replicas: 3", "observedGeneration: 3, replicas: 3, updatedReplicas: 3, availableReplicas: 3"))
                .isEqualTo(READY);
        assertThat(deployment("replicas: 0", "observedGeneration: 3")).isEqualTo(READY);
        assertThat(deployment("", "observedGeneration: 3")).isEqualTo(new Waiting("0 of 1 pod updated"));
    }

    @Test
    void whatMayBeMissingWhileADeploymentRollsOutIsNotMissingInTheEnd() {
        assertThat(deployment(
                        "replicas: 2, strategy: {type: 'RollingUpdate', rollingUpdate: {maxUnavailable: 2, maxSurge: '25%'}}",
                        "observedGeneration: 3, replicas: 2, updatedReplicas: 2, unavailableReplicas: 2"))
                .isEqualTo(new Waiting("0 of 2 pods available"));
    }

    @Test
    void deploymentsFailByTheirDeadlineAndTellOfPodsThatCannotBeMade() {
        assertThat(deployment("replicas: 2", """
                        observedGeneration: 3, replicas: 2, updatedReplicas: 2, unavailableReplicas: 2, conditions: [
                          {type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable'},
                          {type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded',
                           message: 'ReplicaSet "web-5d" has timed out progressing.'}]
                        """))
                .isEqualTo(new Failed("ProgressDeadlineExceeded: ReplicaSet \"web-5d\" has timed out progressing."));
        assertThat(deployment("replicas: 2", """
                        observedGeneration: 3, unavailableReplicas: 2, conditions: [
                          {type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated'},
                          {type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate',
                           message: 'pods "web-5d-x" is forbidden: exceeded quota: small'}]
                        """))
                .isEqualTo(new Troubled("FailedCreate: pods \"web-5d-x\" is forbidden: exceeded quota: small"));
    }

    @Test
    void aPausedDeploymentIsNoHang() {
        assertThat(deployment("replicas: 2, paused: true", "observedGeneration: 3, replicas: 1, updatedReplicas: 0"))
                .isEqualTo(READY);
    }

    private static Readiness statefulSet(String spec, String status) {
        return of(
                "apps/v1", "StatefulSet", "metadata: {generation: 1}, spec: {" + spec + "}, status: {" + status + "}");
    }

    @Test
    void statefulSetsAreReadyWhenAllPodsAreOfTheNewRevision() {
        String rolling = "replicas: 3, updateStrategy: {type: 'RollingUpdate', rollingUpdate: {partition: 0}}";
        assertThat(statefulSet(rolling, "replicas: 0"))
                .isEqualTo(new Waiting("its controller has not seen the change yet"));
        assertThat(statefulSet(rolling, "observedGeneration: 1, replicas: 2, readyReplicas: 1, updatedReplicas: 2"))
                .isEqualTo(new Waiting("1 of 3 pods ready"));
        assertThat(statefulSet(
                        rolling,
                        "observedGeneration: 1, replicas: 3, readyReplicas: 3, updatedReplicas: 1, currentReplicas: 2,"
                                + " currentRevision: 'a', updateRevision: 'b'"))
                .isEqualTo(new Waiting("1 of 3 pods updated"));
        assertThat(statefulSet(
                        rolling,
                        "observedGeneration: 1, replicas: 3, readyReplicas: 3, updatedReplicas: 3,"
                                + " currentRevision: 'a', updateRevision: 'b'"))
                .isEqualTo(new Waiting("the last pods are being updated"));
        assertThat(statefulSet(
                        rolling,
                        "observedGeneration: 1, replicas: 3, readyReplicas: 3, updatedReplicas: 3,"
                                + " currentRevision: 'b', updateRevision: 'b'"))
                .isEqualTo(READY);
        assertThat(statefulSet(rolling, "observedGeneration: 1, replicas: 5, readyReplicas: 5, updatedReplicas: 3"))
                .isEqualTo(new Waiting("2 surplus pods have to end"));
        assertThat(statefulSet("replicas: 0", "observedGeneration: 1, currentRevision: 'a', updateRevision: 'b'"))
                .isEqualTo(READY);
    }

    @Test
    void aPartitionLeavesOldPodsAndOnDeleteLeavesAll() {
        String partition = "replicas: 3, updateStrategy: {type: 'RollingUpdate', rollingUpdate: {partition: 2}}";
        String revisions = ", currentRevision: 'a', updateRevision: 'b'";
        assertThat(statefulSet(partition, "observedGeneration: 1, replicas: 3, readyReplicas: 3" + revisions))
                .isEqualTo(new Waiting("0 of 1 pod updated"));
        assertThat(statefulSet(
                        partition,
                        "observedGeneration: 1, replicas: 3, readyReplicas: 3, updatedReplicas: 1" + revisions))
                .isEqualTo(READY);
        assertThat(statefulSet("replicas: 3, updateStrategy: {type: 'OnDelete'}", "observedGeneration: 1" + revisions))
                .isEqualTo(READY);
    }

    @Test
    void podsThatMustBeReadyForAWhileAreCountedWhenTheyHaveBeen() {
        assertThat(
                        statefulSet(
                                "replicas: 1, minReadySeconds: 30",
                                "observedGeneration: 1, replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 0"))
                .isEqualTo(new Waiting("0 of 1 pod available"));
    }

    @Test
    void daemonSetsAreReadyOnEveryNode() {
        String spec = "metadata: {generation: 2}, spec: {updateStrategy: {type: 'RollingUpdate', rollingUpdate:"
                + " {maxUnavailable: 1}}}, status: ";
        assertThat(of("apps/v1", "DaemonSet", spec + "{observedGeneration: 1, desiredNumberScheduled: 0}"))
                .isEqualTo(new Waiting("its controller has not seen the change yet"));
        assertThat(of("apps/v1", "DaemonSet", spec + "{observedGeneration: 2, desiredNumberScheduled: 2}"))
                .isEqualTo(new Waiting("0 of 2 pods updated"));
        assertThat(of(
                        "apps/v1",
                        "DaemonSet",
                        spec + "{observedGeneration: 2, desiredNumberScheduled: 2, updatedNumberScheduled: 2,"
                                + " numberAvailable: 1}"))
                .isEqualTo(new Waiting("1 of 2 pods available"));
        assertThat(of(
                        "apps/v1",
                        "DaemonSet",
                        spec + "{observedGeneration: 2, desiredNumberScheduled: 2, updatedNumberScheduled: 2,"
                                + " numberAvailable: 2}"))
                .isEqualTo(READY);
        assertThat(of("apps/v1", "DaemonSet", spec + "{observedGeneration: 2, desiredNumberScheduled: 0}"))
                .isEqualTo(READY);
        assertThat(of(
                        "apps/v1",
                        "DaemonSet",
                        "metadata: {generation: 2}, spec: {updateStrategy: {type: 'OnDelete'}}, status:"
                                + " {observedGeneration: 2, desiredNumberScheduled: 2}"))
                .isEqualTo(READY);
    }

    @Test
    void replicaSetsCountWhatIsAvailable() {
        String spec = "metadata: {generation: 1}, spec: {replicas: 2}, status: ";
        assertThat(of("apps/v1", "ReplicaSet", spec + "{observedGeneration: 1, replicas: 0}"))
                .isEqualTo(new Waiting("0 of 2 pods created"));
        assertThat(of(
                        "v1",
                        "ReplicationController",
                        spec + "{observedGeneration: 1, replicas: 2, fullyLabeledReplicas: 2}"))
                .isEqualTo(new Waiting("0 of 2 pods available"));
        assertThat(of(
                        "apps/v1",
                        "ReplicaSet",
                        spec + "{observedGeneration: 1, replicas: 3, fullyLabeledReplicas: 3, availableReplicas: 3}"))
                .isEqualTo(new Waiting("1 surplus pod has to end"));
        assertThat(of(
                        "apps/v1",
                        "ReplicaSet",
                        spec + "{observedGeneration: 1, replicas: 2, fullyLabeledReplicas: 2, availableReplicas: 2}"))
                .isEqualTo(READY);
    }

    @Test
    void jobsAreReadyWhenTheyHaveDoneTheirWork() {
        assertThat(of("batch/v1", "Job", "spec: {completions: 1}, status: {}")).isEqualTo(new Waiting("not started"));
        assertThat(of(
                        "batch/v1",
                        "Job",
                        "spec: {completions: 1}, status: {startTime: '2026-01-01T00:00:00Z', active: 1}"))
                .isEqualTo(new Waiting("running"));
        assertThat(of(
                        "batch/v1",
                        "Job",
                        "spec: {completions: 5}, status: {startTime: '2026-01-01T00:00:00Z', active: 1, succeeded: 2}"))
                .isEqualTo(new Waiting("2 of 5 completions"));
        assertThat(of(
                        "batch/v1",
                        "Job",
                        "spec: {backoffLimit: 4}, status: {startTime: '2026-01-01T00:00:00Z', active: 1, failed: 1}"))
                .isEqualTo(new Troubled("1 pod has failed, backoffLimit is 4"));
        assertThat(of("batch/v1", "Job", "status: {succeeded: 1, conditions: [{type: 'Complete', status: 'True'}]}"))
                .isEqualTo(READY);
        assertThat(of(
                        "batch/v1",
                        "Job",
                        "status: {failed: 1, conditions: [{type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded',"
                                + " message: 'Job has reached the specified backoff limit'}]}"))
                .isEqualTo(new Failed("BackoffLimitExceeded: Job has reached the specified backoff limit"));
        assertThat(of(
                        "batch/v1",
                        "Job",
                        "spec: {suspend: true}, status: {conditions: [{type: 'Suspended', status: 'True'}]}"))
                .isEqualTo(READY);
        assertThat(of("batch/v1beta1", "CronJob", "spec: {suspend: true}, status: {}"))
                .isEqualTo(READY);
    }

    private static Readiness pod(String status) {
        return of("v1", "Pod", "spec: {nodeName: 'a'}, status: {" + status + "}");
    }

    @Test
    void podsByPhase() {
        assertThat(pod("")).isEqualTo(new Waiting("not seen by the scheduler yet"));
        assertThat(pod("phase: 'Pending'")).isEqualTo(new Waiting("being created"));
        assertThat(of("v1", "Pod", "status: {phase: 'Pending'}")).isEqualTo(new Waiting("not scheduled"));
        assertThat(pod("phase: 'Running', conditions: [{type: 'Ready', status: 'True'}]"))
                .isEqualTo(READY);
        assertThat(pod("phase: 'Running', containerStatuses: [{name: 'web', ready: false, state: {running: {}}}]"))
                .isEqualTo(new Waiting("container web is not ready"));
        assertThat(pod("phase: 'Succeeded'")).isEqualTo(READY);
        assertThat(pod("phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.'"))
                .isEqualTo(new Failed("Evicted: The node was low on resource: memory."));
        assertThat(
                        pod(
                                "phase: 'Failed', containerStatuses: [{name: 'a', state: {terminated: {exitCode: 3, reason: 'Error'}}}]"))
                .isEqualTo(new Failed("container a exited with 3, Error"));
        assertThat(pod("phase: 'Unknown'")).isEqualTo(new Waiting("its node does not answer"));
    }

    @Test
    void podsInTroubleSayWhich() {
        assertThat(pod("""
                        phase: 'Pending', conditions: [{type: 'PodScheduled', status: 'False', reason: 'Unschedulable',
                          message: '0/1 nodes are available: 1 Insufficient memory.'}]
                        """)).isEqualTo(new Troubled("Unschedulable: 0/1 nodes are available: 1 Insufficient memory."));
        assertThat(pod("""
                        phase: 'Pending', containerStatuses: [{name: 'web', ready: false, state: {waiting:
                          {reason: 'ImagePullBackOff', message: 'Back-off pulling image "nowhere"'}}}]
                        """))
                .isEqualTo(new Troubled("container web: ImagePullBackOff: Back-off pulling image \"nowhere\""));
        assertThat(pod("""
                        phase: 'Running', containerStatuses: [
                          {name: 'side', ready: true, state: {running: {}}},
                          {name: 'web', ready: false, restartCount: 2, state: {waiting: {reason: 'CrashLoopBackOff',
                           message: 'back-off 20s restarting failed container'}}}]
                        """))
                .isEqualTo(new Troubled("container web: CrashLoopBackOff: back-off 20s restarting failed container"));
        assertThat(pod("""
                        phase: 'Running', containerStatuses: [{name: 'web', ready: false, restartCount: 2, state: {waiting:
                          {reason: 'CrashLoopBackOff', message: 'back-off 20s restarting failed container=web pod=x(uid)'}},
                          lastState: {terminated: {exitCode: 3, reason: 'Error'}}}]
                        """)).isEqualTo(new Troubled("container web exited with 3, Error, CrashLoopBackOff"));
        assertThat(pod("""
                        phase: 'Pending', initContainerStatuses: [{name: 'first', state: {terminated: {exitCode: 0}}},
                          {name: 'second', state: {terminated: {exitCode: 127, reason: 'Error'}}}],
                          containerStatuses: [{name: 'web', state: {waiting: {reason: 'PodInitializing'}}}]
                        """)).isEqualTo(new Troubled("init container second exited with 127, Error"));
        assertThat(pod("""
                        phase: 'Pending', initContainerStatuses: [{name: 'first', state: {terminated: {exitCode: 0}}},
                          {name: 'second', state: {running: {}}}],
                          containerStatuses: [{name: 'web', state: {waiting: {reason: 'PodInitializing'}}}]
                        """)).isEqualTo(new Waiting("init container second runs, 2 of 2"));
    }

    @Test
    void storage() {
        assertThat(of("v1", "PersistentVolumeClaim", "status: {phase: 'Pending'}"))
                .isEqualTo(new Waiting("no volume is bound to it"));
        assertThat(of("v1", "PersistentVolumeClaim", "status: {phase: 'Bound'}"))
                .isEqualTo(READY);
        assertThat(of("v1", "PersistentVolumeClaim", "status: {phase: 'Lost'}"))
                .isEqualTo(new Failed("its volume is gone"));
        assertThat(of("v1", "PersistentVolume", "status: {phase: 'Available'}")).isEqualTo(READY);
        assertThat(of("v1", "PersistentVolume", "status: {phase: 'Failed', message: 'cannot recycle'}"))
                .isEqualTo(new Failed("cannot recycle"));
    }

    @Test
    void services() {
        assertThat(of("v1", "Service", "spec: {type: 'ClusterIP', clusterIP: '10.0.0.1'}"))
                .isEqualTo(READY);
        assertThat(of("v1", "Service", "spec: {clusterIP: 'None'}")).isEqualTo(READY);
        assertThat(of("v1", "Service", "spec: {type: 'ExternalName', externalName: 'example.org'}"))
                .isEqualTo(READY);
        assertThat(of(
                        "v1",
                        "Service",
                        "spec: {type: 'LoadBalancer', clusterIP: '10.0.0.1'}, status: {loadBalancer: {}}"))
                .isEqualTo(new Waiting("the load balancer has no address"));
        assertThat(
                        of(
                                "v1",
                                "Service",
                                "spec: {type: 'LoadBalancer', clusterIP: '10.0.0.1'}, status: {loadBalancer: {ingress: [{ip: '1.2.3.4'}]}}"))
                .isEqualTo(READY);
        assertThat(of("v1", "Service", "spec: {type: 'LoadBalancer', clusterIP: '10.0.0.1', externalIPs: ['1.2.3.4']}"))
                .isEqualTo(READY);
    }

    @Test
    void customResourceDefinitions() {
        String crd = "apiextensions.k8s.io/v1";
        String kind = "CustomResourceDefinition";
        assertThat(of(crd, kind, "status: {}")).isEqualTo(new Waiting("not established yet"));
        assertThat(of(crd, kind, "status: {acceptedNames: {kind: '', plural: ''}, conditions: [], storedVersions: []}"))
                .isEqualTo(new Waiting("not established yet"));
        assertThat(of(crd, kind, "status: null")).isEqualTo(new Waiting("not established yet"));
        assertThat(of(crd, kind, """
                        status: {conditions: [{type: 'NamesAccepted', status: 'True', reason: 'NoConflicts'},
                          {type: 'Established', status: 'False', reason: 'Installing'}]}
                        """)).isEqualTo(new Waiting("not established yet"));
        assertThat(of(crd, kind, """
                        status: {conditions: [{type: 'NamesAccepted', status: 'True', reason: 'NoConflicts'},
                          {type: 'Established', status: 'True', reason: 'InitialNamesAccepted'}]}
                        """)).isEqualTo(READY);
        assertThat(of(crd, kind, """
                        status: {conditions: [{type: 'NamesAccepted', status: 'False', reason: 'PluralConflict',
                          message: '"widgets" is already in use'}, {type: 'Established', status: 'False',
                          reason: 'NotAccepted'}]}
                        """)).isEqualTo(new Failed("PluralConflict: \"widgets\" is already in use"));
    }

    @Test
    void otherKindsOfTheApi() {
        assertThat(of("v1", "Namespace", "status: {phase: 'Active'}")).isEqualTo(READY);
        assertThat(of("v1", "Namespace", "status: {phase: 'Terminating'}")).isEqualTo(new Waiting("is being deleted"));
        assertThat(of(
                        "apiregistration.k8s.io/v1",
                        "APIService",
                        "status: {conditions: [{type: 'Available', status: 'False', reason: 'MissingEndpoints',"
                                + " message: 'endpoints for service/metrics have no addresses'}]}"))
                .isEqualTo(new Waiting("MissingEndpoints: endpoints for service/metrics have no addresses"));
        assertThat(of(
                        "apiregistration.k8s.io/v1",
                        "APIService",
                        "status: {conditions: [{type: 'Available', status: 'True', reason: 'Local'}]}"))
                .isEqualTo(READY);
        assertThat(of("policy/v1beta1", "PodDisruptionBudget", "metadata: {generation: 1}, status: {}"))
                .isEqualTo(new Waiting("its controller has not seen the change yet"));
        assertThat(of("policy/v1", "PodDisruptionBudget", "metadata: {generation: 1}, status: {observedGeneration: 1}"))
                .isEqualTo(READY);
        assertThat(of("autoscaling/v1", "HorizontalPodAutoscaler", "status: {currentReplicas: 0}"))
                .isEqualTo(READY);
        assertThat(of("networking.k8s.io/v1", "Ingress", "status: {loadBalancer: {}}"))
                .isEqualTo(READY);
        assertThat(of("v1", "ConfigMap", "data: {a: 'b'}")).isEqualTo(READY);
    }

    @Test
    void customResourcesByGenerationAndConditions() {
        assertThat(of("example.org/v1", "Widget", "spec: {}")).isEqualTo(READY);
        assertThat(of("example.org/v1", "Widget", "metadata: {generation: 2}, status: {observedGeneration: 1}"))
                .isEqualTo(new Waiting("its controller has not seen the change yet"));
        assertThat(
                        of(
                                "example.org/v1",
                                "Widget",
                                "metadata: {generation: 2}, status: {conditions: [{type: 'Ready', status: 'True', observedGeneration: 1}]}"))
                .isEqualTo(new Waiting("its controller has not seen the change yet"));
        assertThat(of("example.org/v1", "Widget", "status: {conditions: [{type: 'Ready', status: 'Unknown'}]}"))
                .isEqualTo(new Waiting("not ready"));
        assertThat(
                        of(
                                "cert-manager.io/v1",
                                "Certificate",
                                "status: {conditions: [{type: 'Ready', status: 'False', reason: 'DoesNotExist', message: 'Issuing'}]}"))
                .isEqualTo(new Waiting("DoesNotExist: Issuing"));
        assertThat(of("kustomize.toolkit.fluxcd.io/v1", "Kustomization", """
                        status: {conditions: [{type: 'Ready', status: 'False', reason: 'BuildFailed'},
                          {type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry'},
                          {type: 'Stalled', status: 'True', reason: 'BuildFailed', message: 'no such file'}]}
                        """))
                .isEqualTo(new Failed("BuildFailed: no such file"));
        assertThat(of(
                        "example.org/v1",
                        "Widget",
                        "status: {conditions: [{type: 'Reconciling', status: 'True', reason: 'Working'}]}"))
                .isEqualTo(new Waiting("Working"));
        assertThat(of("example.org/v1", "Deployment", "spec: {replicas: 3}, status: {}"))
                .isEqualTo(READY);
    }

    @Test
    void anObjectThatIsBeingDeletedIsNotReady() {
        assertThat(of("v1", "ConfigMap", "metadata: {deletionTimestamp: '2026-01-01T00:00:00Z'}"))
                .isEqualTo(new Waiting("is being deleted"));
    }

    @Test
    void annotationsDecideBeforeEverythingElse() {
        String loading = "status: {phase: 'Pending'}";
        assertThat(of("v1", "Pod", "metadata: {annotations: {'kluctl.io/is-ready': 'true'}}, " + loading))
                .isEqualTo(READY);
        assertThat(of("v1", "Pod", "metadata: {annotations: {'berth.dev/validate-ignore': 'true'}}, " + loading))
                .isEqualTo(READY);
        assertThat(of("v1", "ConfigMap", "metadata: {annotations: {'berth.dev/is-ready': 'false'}}"))
                .isEqualTo(new Waiting("its annotation is-ready is false"));
        assertThat(of("v1", "ConfigMap", "metadata: {annotations: {'kluctl.io/is-ready': 'perhaps'}}"))
                .isEqualTo(READY);
    }

    @Test
    void wordsOfTheClusterCannotRewriteATerminal() {
        assertThat(
                        of(
                                "example.org/v1",
                                "Widget",
                                "status: {conditions: [{type: 'Ready', status: 'False', message: 'a\\u001b[2Jb\\nc\\u202ed'}]}"))
                .isEqualTo(new Waiting("a[2Jb cd"));
    }
}
