package dev.berth.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.deploy.render.KubeObject;
import dev.berth.deploy.render.Nix;
import dev.berth.deploy.render.NixStore;
import dev.berth.deploy.render.Renderer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodReaderTest {
    private static final String STORE = "/nix/store/00000000000000000000000000000000-x";

    @TempDir
    private Path directory;

    private final Ignored ignored = new Ignored();

    private List<Pod> read(String yaml) throws IOException {
        Path file = Files.writeString(directory.resolve("f.yaml"), yaml);
        List<KubeObject> objects = new ArrayList<>();
        Nix none = new Nix(new NixStore(directory, List.of()), directory, line -> {});
        new Renderer(none, Set::copyOf).render(file, objects::addAll);
        return PodReader.read(objects, ignored, false);
    }

    private Pod pod(String spec) throws IOException {
        return read("{kind: Pod, metadata: {name: p}, spec: " + spec + "}").getFirst();
    }

    private void refused(String spec, String message) {
        assertThatThrownBy(() -> pod(spec))
                .isInstanceOf(RunException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    private static String container(String more) {
        return "{containers: [{name: a, image: berth/scratch:1, command: [x]" + (more.isEmpty() ? "" : ", " + more)
                + "}], volumes: [{name: e}]}";
    }

    @Test
    void podsOfEveryKindThatHoldsOne() throws IOException {
        String template = "{metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: scratch, command: [x]}]}}";
        List<Pod> pods = read("""
                {kind: Deployment, metadata: {name: d}, spec: {replicas: 3, template: %1$s}}
                ---
                {kind: CronJob, metadata: {name: c}, spec: {schedule: '* * * * *', jobTemplate: {spec: {template: %1$s}}}}
                ---
                {kind: StatefulSet, metadata: {name: s}, spec: {template: %1$s}}
                ---
                {kind: Service, metadata: {name: web}, spec: {}}
                """.formatted(template));
        assertThat(pods).extracting(Pod::label).containsExactly("pod/d", "pod/c", "pod/s");
        assertThat(ignored.message()).contains("ignored: Deployment.spec.replicas, CronJob.spec.schedule, Service/web");
    }

    @Test
    void ignoredFieldsAreNamedOnce() throws IOException {
        pod(container("livenessProbe: {}, resources: {}, securityContext: {privileged: true, runAsUser: 5}")
                .replace("volumes:", "tolerations: [], volumes:"));
        assertThat(ignored.message())
                .contains("ignored: spec.tolerations, containers.livenessProbe, containers.resources,"
                        + " securityContext.privileged");
    }

    @Test
    void storePathsWithoutVolumeAreInjected() throws IOException {
        Pod pod = pod("{containers: [{name: a, image: scratch, command: [" + STORE
                + "/bin/x]}, {name: b, image: scratch," + " command: [x], env: [{name: V, value: 'a:" + STORE
                + "'}]}, {name: c, image: scratch, command: [x]}]}");
        assertThat(pod.containers().get(0).mounts())
                .containsExactly(new Pod.VolumeMount(StoreInjection.VOLUME, "/nix", "nix", true));
        assertThat(pod.containers().get(1).mounts()).hasSize(1);
        assertThat(pod.containers().get(2).mounts()).isEmpty();
        assertThat(pod.volumes()).containsOnlyKeys(StoreInjection.VOLUME);
    }

    @Test
    void hostilePodsAreRefused() {
        refused("{}", "Pod/p: spec has no containers");
        refused("{containers: {a: 1}}", "Pod/p: spec.containers is not a list");
        refused("{containers: [1]}", "Pod/p: spec.containers[0] is not an object");
        refused("{containers: [{image: scratch}]}", "Pod/p: spec.containers[0] has no name");
        refused("{containers: [{name: ../a, image: scratch}]}", "is not a name that Kubernetes takes");
        refused("{containers: [{name: a, image: scratch}]}", "has no command, and an empty image has none of its own");
        refused("{containers: [{name: a, image: 'x/scratchy:1', command: [x]}]}", "is not an empty one");
        refused("{containers: [{name: a, image: scratch, command: x}]}", "spec.containers[0].command is not a list");
        refused(
                "{containers: [{name: a, image: scratch, command: [1]}]}",
                "command[0] is not a text: put it in quotes");
        refused(container("volumeMounts: [{name: no, mountPath: /x}]"), "the pod has no volume 'no'");
        refused(container("volumeMounts: [{name: e, mountPath: x}]"), "'x' is not an absolute path");
        refused(container("volumeMounts: [{name: e, mountPath: /}]"), "cannot be the container's root");
        refused(container("volumeMounts: [{name: e, mountPath: /a/../..}]"), "may not contain '..'");
        refused(container("volumeMounts: [{name: e, mountPath: /a, subPath: ../x}]"), "may not contain '..'");
        refused(container("volumeMounts: [{name: e, mountPath: /a, subPath: /x}]"), "is not a relative path");
        refused(
                container("volumeMounts: [{name: e, mountPath: /a}, {name: e, mountPath: /a/}]"),
                "two volumes at '/a/'");
        refused(container("workingDir: x"), "'x' is not an absolute path");
        refused(container("env: [{name: 'A=B', value: x}]"), "contains '='");
        refused(container("env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]"), "needs the Secret 's'");
        refused(
                container("env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.x}}}]"),
                "no pod has a field 'spec.x'");
        refused(container("").replace("{name: e}", "{name: e, hostPath: {path: /}}"), "volumes of type hostPath");
        refused(container("").replace("{name: e}", "{name: e}, {name: e}"), "a volume 'e' is already there");
        refused(
                container("").replace("{name: e}", "{name: e, csi: {driver: x.csi}}"),
                "'x.csi' is not a driver of Berth (csi.berth.dev, nixkube, nix.csi.store)");
        refused(
                container("").replace("{name: e}", "{name: e, configMap: {name: c}}"),
                "needs the ConfigMap 'c' of namespace 'default', which is not in the file");
        refused(
                "{restartPolicy: Sometimes, containers: [{name: a, image: scratch, command: [x]}]}",
                "is none of Always");
    }

    @Test
    void optionalConfigurationMayBeMissing() throws IOException {
        Pod pod = pod(container("env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}]")
                .replace("{name: e}", "{name: e, secret: {secretName: s, optional: true}}"));
        assertThat(pod.containers().getFirst().environment()).doesNotContainKey("A");
    }
}
