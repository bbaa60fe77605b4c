package dev.berth.deploy.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.Objects;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.ClusterException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FieldConflictsTest {
    private static FieldConflicts conflicts(String annotations, String... fields) {
        ObjectNode object = Objects.of(
                "apps/v1",
                "Deployment",
                "metadata: {name: 'web', labels: {'a.b/c': 'x', a: 'y'}, annotations: {" + annotations
                        + "}}, spec: {replicas: 1,"
                        + " template: {spec: {containers: [{name: 'one', image: '1'}, {name: 'two', image: '2', ports:"
                        + " [{containerPort: 80}]}]}}}");
        ApiResource resource = new ApiResource("apps", "v1", "Deployment", "deployments", true, Set.of());
        Target target = new Target(object, resource, false, 10, ObjectRules.of(object), false);
        List<ClusterException.Cause> causes = List.of(fields).stream()
                .map(field -> new ClusterException.Cause(
                        field, "FieldManagerConflict", "conflict with \"hpa\" using apps/v1"))
                .toList();
        return FieldConflicts.of(target, causes, "kluctl"::equals);
    }

    @Test
    void namesFieldsAndManagers() {
        FieldConflicts open = conflicts("x: 'y'", ".spec.replicas", ".metadata.labels.a.b/c");
        assertThat(open.open()).containsExactly("spec.replicas is hpa's", "metadata.labels.a.b/c is hpa's");
        assertThat(open.taken() || open.changed()).isFalse();
    }

    @Test
    void leavesFieldsToOthers() {
        FieldConflicts left = conflicts(
                "'kluctl.io/ignore-conflicts': 'true'",
                ".spec.replicas",
                ".metadata.labels.a.b/c",
                ".spec.template.spec.containers[name=\"two\"].image",
                ".spec.template.spec.containers[name=\"two\"].ports[containerPort=80,protocol=\"TCP\"].containerPort");
        assertThat(left.open()).isEmpty();
        assertThat(left.changed()).isTrue();
        assertThat(left.object().at("/spec/replicas").isMissingNode()).isTrue();
        assertThat(left.object().at("/metadata/labels")).isEqualTo(Objects.parse("{a: 'y'}"));
        assertThat(left.object().at("/spec/template/spec/containers"))
                .isEqualTo(Objects.parse("{l: [{name: 'one', image: '1'}, {name: 'two', ports: [{}]}]}")
                        .get("l"));
    }

    @Test
    void takesFieldsByTheirNamesOrManagers() {
        assertThat(conflicts("'berth.dev/force-apply-field': 'spec.replicas'", ".spec.replicas")
                        .taken())
                .isTrue();
        assertThat(conflicts("'berth.dev/force-apply-manager': 'h.a'", ".spec.replicas")
                        .taken())
                .isTrue();
        assertThat(conflicts("'berth.dev/force-apply-manager': 'h'", ".spec.replicas")
                        .open())
                .hasSize(1);
        FieldConflicts some = conflicts(
                "'berth.dev/force-apply-field-1': 'spec.template.spec.containers[*].image'",
                ".spec.template.spec.containers[name=\"one\"].image",
                ".spec.replicas");
        assertThat(some.open()).containsExactly("spec.replicas is hpa's");
    }
}
