package dev.berth.deploy.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.testing.RealKubernetes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with objects, as the real API server and its schemas say. */
class ValidatorTest {
    private static final String CRD = """
            {'apiVersion': 'apiextensions.k8s.io/v1', 'kind': 'CustomResourceDefinition',
             'metadata': {'name': 'cakes.shop.example'},
             'spec': {'group': 'shop.example', 'scope': 'Namespaced',
              'names': {'kind': 'Cake', 'plural': 'cakes', 'singular': 'cake'},
              'versions': [{'name': 'v1', 'served': true, 'storage': true, 'schema': {'openAPIV3Schema': {'type': 'object',
               'properties': {'spec': {'type': 'object', 'required': ['layers'], 'properties': {
                'layers': {'type': 'integer', 'maximum': 9},
                'port': {'x-kubernetes-int-or-string': true},
                'free': {'type': 'object', 'x-kubernetes-preserve-unknown-fields': true}}}}}}}]}}""";

    private static List<String> validate(boolean dualStack, String... objects) throws IOException {
        RealKubernetes.require();
        List<ObjectNode> trees = new ArrayList<>();
        for (String object : objects) {
            trees.add((ObjectNode) new ObjectMapper().readTree(object.replace('\'', '"')));
        }
        ServerPrograms programs =
                ServerPrograms.find(Optional.of(RealKubernetes.programs()), Map.of("PATH", System.getenv("PATH")));
        return Validator.validate(programs, trees, dualStack).stream()
                .map(Finding::toString)
                .toList();
    }

    @Test
    void findsNothingWrongWithGoodObjects() throws IOException {
        assertThat(validate(
                        true,
                        // The resource comes before its definition and in a namespace that nobody defines.
                        "{'apiVersion': 'shop.example/v1', 'kind': 'Cake', 'metadata': {'name': 'a', 'namespace': 'else'},"
                                + " 'spec': {'layers': 3, 'port': 'http', 'free': {'any': [1]}}}",
                        CRD,
                        "{'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'shop'}}",
                        "{'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': 's', 'namespace': 'shop'},"
                                + " 'spec': {'ipFamilyPolicy': 'RequireDualStack', 'ports': [{'port': 80}]}}",
                        "{'apiVersion': 'admissionregistration.k8s.io/v1', 'kind': 'ValidatingWebhookConfiguration',"
                                + " 'metadata': {'name': 'w'}, 'webhooks': [{'name': 'w.shop.example', 'sideEffects': 'None',"
                                + " 'admissionReviewVersions': ['v1'], 'clientConfig': {'url': 'https://192.0.2.1/'}, 'rules':"
                                + " [{'apiGroups': ['*'], 'apiVersions': ['*'], 'operations': ['*'], 'resources': ['*']}]}]}",
                        "{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'generateName': 'p-', 'namespace': 'shop'}, 'spec':"
                                + " {'priorityClassName': 'high', 'serviceAccountName': 'sa', 'containers': [{'name': 'c',"
                                + " 'image': 'i', 'resources': {'limits': {'cpu': '1', 'memory': '1Gi'}}, 'ports':"
                                + " [{'containerPort': 80}], 'readinessProbe': {'httpGet': {'port': 'http'}}}]}}"))
                .isEmpty();
    }

    @Test
    void findsEverythingThatIsWrong() throws IOException {
        assertThat(validate(
                        false,
                        CRD,
                        "{'apiVersion': 'shop.example/v1', 'kind': 'Cake', 'metadata': {'name': 'a', 'labels': {'x': 1}},"
                                + " 'spec': {'layers': 10, 'layer': 1, 'port': true, 'free': {'any': 1}}}",
                        "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'c'}, 'Data': {'a': 'b'}}",
                        "{'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': 's'},"
                                + " 'spec': {'ipFamilyPolicy': 'RequireDualStack', 'ports': [{'port': 99999}]}}",
                        "{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'd', 'namespace': 'n'}, 'spec':"
                                + " {'replicas': '2', 'selector': {'matchLabels': {'a': 'b'}}, 'template': {'metadata':"
                                + " {'labels': {'a': 'b'}}, 'spec': {'containers': [{'name': 'c', 'image': 'i', 'env':"
                                + " {'A': 'b'}}]}}}}",
                        "{'apiVersion': 'extensions/v1beta1', 'kind': 'Deployment', 'metadata': {'name': 'old'}}",
                        "{'apiVersion': 'shop.example/v1', 'kind': 'Pie', 'metadata': {'name': 'p'}}"))
                .contains(
                        "Cake a: metadata.labels.x: is a number, and has to be a text",
                        "Cake a: spec.layer: no such field (is layers meant?)",
                        "Cake a: spec.port: is a boolean, and has to be a number or a text",
                        "ConfigMap c: Data: no such field (is data meant?)",
                        "Deployment n/d: spec.replicas: is a text, and has to be a whole number",
                        "Deployment n/d: spec.template.spec.containers[0].env: is an object, and has to be a list",
                        "Deployment old: the API server has no such kind in extensions/v1beta1: it has it in apps/v1",
                        "Pie p: the API server has no such kind in shop.example/v1: is its CustomResourceDefinition among the"
                                + " objects?")
                .anyMatch(finding -> finding.startsWith("Service s: spec.ports[0].port: Invalid value: 99999"))
                .noneMatch(finding -> finding.contains("spec.free"));
    }

    @Test
    void leavesNothingBehind() throws IOException {
        long before = ourTemporaryDirectories();
        validate(false, "{'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'shop'}}");
        assertThat(ourTemporaryDirectories()).isEqualTo(before);
        assertThat(ProcessHandle.current().descendants())
                .as("what this process started")
                .noneMatch(process -> process.info().command().orElse("").endsWith("kube-apiserver")
                        && process.info().commandLine().orElse("").contains("berth-validate"));
    }

    private static long ourTemporaryDirectories() throws IOException {
        try (var files = Files.newDirectoryStream(Path.of(System.getProperty("java.io.tmpdir")), "berth-validate*")) {
            long count = 0;
            for (Path file : files) {
                count += Files.exists(file) ? 1 : 0;
            }
            return count;
        }
    }

    @Test
    void saysWhichProgramsAreMissing(@TempDir Path empty) {
        assertThatThrownBy(() -> ServerPrograms.find(Optional.of(empty), Map.of("PATH", empty.toString())))
                .isInstanceOf(MissingProgramsException.class)
                .hasMessageContaining("missing etcd (Debian: etcd-server; nixpkgs: etcd) and kube-apiserver")
                .hasMessageContaining("--programs or BERTH_KUBERNETES_PROGRAMS");
    }

    @Test
    void saysWhyTheServerDoesNotStart(@TempDir Path directory) throws IOException {
        Path bad = Files.writeString(directory.resolve("etcd"), "#!/bin/sh\necho it is broken >&2\nexit 3\n");
        assertThat(bad.toFile().setExecutable(true)).isTrue();
        assertThatThrownBy(() -> Validator.validate(new ServerPrograms(bad, Path.of("/bin/true")), List.of(), false))
                .isInstanceOf(IOException.class)
                .hasMessage("the throw-away etcd ended at once; it said last: it is broken");
    }
}
