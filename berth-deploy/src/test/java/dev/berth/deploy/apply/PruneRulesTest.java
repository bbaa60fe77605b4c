package dev.berth.deploy.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.Objects;
import dev.berth.testing.Seed;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PruneRulesTest {
    private static final PruneRules RULES =
            new PruneRules(new Discriminator("mine"), "berth", Set.of("wanted"), Set.of("own-unit"));

    private static <T> T any(Random random, List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** Nothing goes that anything speaks for; everything else does. */
    @Test
    void removesWhatIsOursAndNothingElse() {
        int removed = 0;
        for (long seed = Seed.first(); seed < Seed.first() + 3000; seed++) {
            Random random = new Random(seed);
            String label = any(
                    random,
                    List.of("berth.dev/discriminator", "kluctl.io/discriminator", "ekn.dev/environment", "app"));
            String value = any(random, List.of("mine", "mine", "mine", "others"));
            String manager = any(random, List.of("berth", "berth", "kluctl", "ekn", "kube-controller-manager"));
            String operation = any(random, List.of("Apply", "Apply", "Apply", "Update"));
            String uid = any(random, List.of("some", "some", "some", "wanted"));
            boolean owned = random.nextInt(5) == 0;
            String annotation = any(
                    random,
                    List.of(
                            "x: 'y'",
                            "x: 'y'",
                            "'berth.dev/skip-delete': 'true'",
                            "'kluctl.io/skip-delete': 'true'",
                            "'kluctl.io/skip-delete': 'nonsense'",
                            "'helm.sh/resource-policy': 'keep'"));
            boolean going = random.nextInt(8) == 0;
            String unit = any(random, List.of("", "", "own-unit", "other-unit"));
            ObjectNode live = Objects.of(
                    "v1",
                    "ConfigMap",
                    "metadata: {name: 'a', uid: '" + uid + "', labels: {'" + label + "': '" + value + "'"
                            + (unit.isEmpty() ? "" : ", 'ekn.dev/deployment-unit': '" + unit + "'")
                            + "}, annotations: {"
                            + annotation + "}"
                            + (owned ? ", ownerReferences: [{kind: 'Pod', name: 'p'}]" : "")
                            + (going ? ", deletionTimestamp: '2026-01-01T00:00:00Z'" : "")
                            + ", managedFields: [{manager: '" + manager + "', operation: '" + operation + "'}]}");
            boolean found = !label.equals("app") && value.equals("mine");
            boolean applied = operation.equals("Apply")
                    && (manager.equals("berth")
                            || (!label.equals("berth.dev/discriminator") && !manager.startsWith("kube-")));
            boolean ours = found
                    && applied
                    && !owned
                    && !going
                    && uid.equals("some")
                    && annotation.startsWith("x")
                    && !unit.equals("other-unit");
            assertThat(RULES.of(live) instanceof PruneRules.Remove)
                    .as("seed %d: %s", seed, live)
                    .isEqualTo(ours);
            removed += ours ? 1 : 0;
        }
        assertThat(removed).isGreaterThan(100);
    }

    @Test
    void goesByTheAnnotationWhereItSaysWhoseItIs() {
        ObjectNode live = Objects.of(
                "v1",
                "ConfigMap",
                "metadata: {name: 'a', uid: 'x', labels: {'kluctl.io/discriminator': 'mine'}, annotations:"
                        + " {'kluctl.io/force-managed': 'true'}, ownerReferences: [{kind: 'Pod', name: 'p'}]}");
        assertThat(RULES.of(live)).isInstanceOf(PruneRules.Remove.class);
    }
}
