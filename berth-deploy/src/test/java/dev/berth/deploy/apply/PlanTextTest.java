package dev.berth.deploy.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.Objects;
import dev.berth.kubernetes.ApiResource;
import dev.berth.kubernetes.ObjectKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlanTextTest {
    private static final String MANAGED =
            ", resourceVersion: '5', uid: 'u', generation: 2, managedFields: [{manager: 'x'}]";

    private static Target target(ObjectNode object) {
        ApiResource resource = new ApiResource("", "v1", object.path("kind").asText(), "things", true, Set.of());
        return new Target(object, resource, false, 10, ObjectRules.of(object), false);
    }

    private static Change.Update update(ObjectNode before, ObjectNode after) {
        return new Change.Update(target(after), before, after, Optional.empty(), Optional.empty());
    }

    private static Plan plan(Change... changes) {
        return new Plan(
                Deployment.of(List.of(), Optional.of(new Discriminator("d"))),
                "somewhere",
                List.of(changes),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false);
    }

    private static List<String> lines(Plan plan) {
        List<String> lines = new ArrayList<>();
        new PlanText(lines::add, false, false).print(plan);
        return lines;
    }

    @Test
    void showsFieldsWithoutTheServersOwn() {
        ObjectNode before = Objects.of(
                "v1",
                "ConfigMap",
                "metadata: {name: 'a', namespace: 'n', labels: {l: '1'}" + MANAGED
                        + "}, data: {x: 'one', gone: 'y', text:" + " 'a\\nb\\nc\\n'}, status: {s: 1}");
        ObjectNode after = Objects.of(
                "v1",
                "ConfigMap",
                "metadata: {name: 'a', namespace: 'n', labels: {l: '1'}, annotations: {'a.b/c': 'new'}}, data: {x: 'two', text:"
                        + " 'a\\nB\\nc\\n'}, status: {s: 2}");
        assertThat(lines(plan(update(before, after))))
                .containsExactly(
                        "~ ConfigMap n/a",
                        "    - data.gone: \"y\"",
                        "    ~ data.text:",
                        "          a",
                        "        - b",
                        "        + B",
                        "          c",
                        "    ~ data.x: \"one\" → \"two\"",
                        "    + metadata.annotations[\"a.b/c\"]: \"new\"",
                        "1 to change");
    }

    @Test
    void namesElementsOfLists() {
        ObjectNode before = Objects.of(
                "v1",
                "Pod",
                "metadata: {name: 'p'}, spec: {containers: [{name: 'a', image: '1'}, {name: 'b', image: '1'}]}");
        ObjectNode after = Objects.of(
                "v1",
                "Pod",
                "metadata: {name: 'p'}, spec: {containers: [{name: 'new', image: '1'}, {name: 'b', image: '2'}]}");
        assertThat(lines(plan(update(before, after))))
                .containsExactly(
                        "~ Pod p",
                        "    - spec.containers[a]: {\"name\":\"a\",\"image\":\"1\"}",
                        "    ~ spec.containers[b].image: \"1\" → \"2\"",
                        "    + spec.containers[new]: {\"name\":\"new\",\"image\":\"1\"}",
                        "1 to change");
    }

    @Test
    void neverShowsSecrets() {
        ObjectNode before = Objects.of("v1", "Secret", "metadata: {name: 's'}, data: {a: 'b2xk', gone: 'aGlkZGVu'}");
        ObjectNode after = Objects.of("v1", "Secret", "metadata: {name: 's'}, data: {a: 'bmV3', more: 'aGlkZGVu'}");
        ObjectNode without = Objects.of("v1", "Secret", "metadata: {name: 's'}");
        for (Plan plan : List.of(
                plan(update(before, after)),
                plan(update(without, after)),
                plan(update(before, without)),
                plan(new Change.Create(target(after), after, Optional.empty())),
                plan(new Change.Recreate(target(after), before, "why")))) {
            List<String> lines = new ArrayList<>();
            new PlanText(lines::add, true, true).print(plan);
            assertThat(String.join("\n", lines) + PlanJson.of(plan))
                    .doesNotContain("b2xk", "bmV3", "aGlkZGVu")
                    .contains("Secret");
        }
        assertThat(lines(plan(update(before, after)))).contains("    ~ data.a: \"*** (before)\" → \"*** (after)\"");
    }

    @Test
    void leavesOutWhatAnnotationsSay() {
        ObjectNode before =
                Objects.of("v1", "ConfigMap", "metadata: {name: 'a'}, data: {hidden: '1', matched: '1', shown: '1'}");
        ObjectNode after = Objects.of(
                "v1",
                "ConfigMap",
                "metadata: {name: 'a', annotations: {'kluctl.io/ignore-diff-field': 'data.hidden',"
                        + " 'kluctl.io/ignore-diff-field-regex-2': 'data[.]mat.*|annotations'}}, data: {hidden: '2', matched: '2',"
                        + " shown: '2'}");
        assertThat(lines(plan(update(before, after))))
                .containsExactly("~ ConfigMap a", "    ~ data.shown: \"1\" → \"2\"", "1 to change");
    }

    @Test
    void keepsControlCharactersFromTheTerminal() {
        Plan plan = plan(new Change.Refused(new ObjectKey("v1", "Pod", "", "p"), "bad \u001b[2J\u0007 words"));
        assertThat(lines(plan)).first().isEqualTo("x Pod p: bad ?[2J? words");
    }
}
