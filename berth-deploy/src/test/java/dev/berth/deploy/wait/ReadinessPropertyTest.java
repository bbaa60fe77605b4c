package dev.berth.deploy.wait;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.wait.Readiness.Failed;
import dev.berth.deploy.wait.Readiness.Ready;
import dev.berth.deploy.wait.Readiness.Troubled;
import dev.berth.deploy.wait.Readiness.Waiting;
import dev.berth.testing.Seed;
import java.math.BigInteger;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Objects of any shape: the words that rules look for are there, but often not where or what they should be. */
class ReadinessPropertyTest {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final List<String> KINDS = List.of(
            "apps/v1 Deployment",
            "apps/v1 ReplicaSet",
            "apps/v1 StatefulSet",
            "apps/v1 DaemonSet",
            "v1 ReplicationController",
            "batch/v1 Job",
            "v1 Pod",
            "v1 PersistentVolumeClaim",
            "v1 PersistentVolume",
            "v1 Service",
            "v1 Namespace",
            "policy/v1 PodDisruptionBudget",
            "apiextensions.k8s.io/v1 CustomResourceDefinition",
            "apiregistration.k8s.io/v1 APIService",
            "example.org/v1 Widget");

    private static final List<String> FIELDS = List.of(
            "metadata",
            "spec",
            "status",
            "annotations",
            "generation",
            "observedGeneration",
            "conditions",
            "type",
            "reason",
            "message",
            "phase",
            "replicas",
            "updatedReplicas",
            "availableReplicas",
            "readyReplicas",
            "partition",
            "updateStrategy",
            "rollingUpdate",
            "containerStatuses",
            "initContainerStatuses",
            "state",
            "waiting",
            "terminated",
            "exitCode",
            "name",
            "loadBalancer",
            "ingress",
            "clusterIP",
            "failed",
            "completions",
            "desiredNumberScheduled",
            "deletionTimestamp");

    private static final List<String> TEXTS = List.of(
            "",
            "True",
            "False",
            "Ready",
            "Stalled",
            "Established",
            "Complete",
            "Failed",
            "Running",
            "Pending",
            "CrashLoopBackOff",
            "LoadBalancer",
            "OnDelete",
            "\u001b[31m\n\u0000",
            "\ud83d\ude00",
            "x".repeat(5000));

    private enum Shape {
        READY,
        WAITING,
        TROUBLED,
        FAILED
    }

    @Test
    void noShapeThrowsAndNoWordsAreUnfitForATerminal() {
        long seed = Seed.first();
        EnumSet<Shape> seen = EnumSet.noneOf(Shape.class);
        for (int round = 0; round < 30_000; round++) {
            Random random = new Random(seed + round);
            ObjectNode object = object(random);
            try {
                String why = switch (Readiness.of(object)) {
                    case Ready _ -> {
                        seen.add(Shape.READY);
                        yield "";
                    }
                    case Waiting waiting -> {
                        seen.add(Shape.WAITING);
                        yield waiting.why();
                    }
                    case Troubled troubled -> {
                        seen.add(Shape.TROUBLED);
                        yield troubled.why();
                    }
                    case Failed failed -> {
                        seen.add(Shape.FAILED);
                        yield failed.why();
                    }
                };
                assertThat(why).hasSizeLessThan(2000);
                assertThat(why.codePoints()
                                .filter(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT))
                        .isEmpty();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + (seed + round) + ": " + object, e);
            }
        }
        assertThat(seen).as("the generator reaches every answer").isEqualTo(EnumSet.allOf(Shape.class));
    }

    private static ObjectNode object(Random random) {
        String[] kind = KINDS.get(random.nextInt(KINDS.size())).split(" ", -1);
        ObjectNode object = JSON.objectNode().put("apiVersion", kind[0]).put("kind", kind[1]);
        for (String field : List.of("metadata", "spec", "status")) {
            object.set(field, random.nextInt(8) == 0 ? value(random, 3) : fields(random, 4));
        }
        if (random.nextInt(30) == 0) {
            object.set("kind", value(random, 1));
        }
        return object;
    }

    private static JsonNode fields(Random random, int depth) {
        ObjectNode object = JSON.objectNode();
        for (int i = random.nextInt(8); i > 0; i--) {
            String field = FIELDS.get(random.nextInt(FIELDS.size()));
            object.set(
                    field,
                    switch (random.nextInt(3)) {
                        case 0 -> value(random, depth - 1);
                        default -> fitting(field, random, depth - 1);
                    });
        }
        return object;
    }

    /** A value as the field should have it. */
    private static JsonNode fitting(String field, Random random, int depth) {
        if (field.equals("conditions") || field.endsWith("Statuses") || field.equals("ingress")) {
            ArrayNode list = JSON.arrayNode();
            for (int i = random.nextInt(3); i > 0; i--) {
                list.add(
                        field.equals("conditions")
                                ? JSON.objectNode()
                                        .put("type", text(random))
                                        .put("status", random.nextBoolean() ? "True" : "False")
                                        .put("reason", text(random))
                                : fields(random, depth));
            }
            return list;
        }
        return switch (field) {
            case "type", "reason", "message", "phase", "name", "clusterIP", "deletionTimestamp" ->
                JSON.textNode(text(random));
            case "metadata",
                    "spec",
                    "status",
                    "annotations",
                    "updateStrategy",
                    "rollingUpdate",
                    "state",
                    "waiting",
                    "terminated",
                    "loadBalancer" -> depth > 0 ? fields(random, depth) : JSON.objectNode();
            default -> JSON.numberNode(random.nextInt(4));
        };
    }

    private static JsonNode value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 7)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.booleanNode(random.nextBoolean());
            case 2 -> JSON.numberNode(random.nextLong());
            case 3 -> JSON.numberNode(random.nextDouble());
            case 4 -> JSON.numberNode(new BigInteger(200, random));
            case 5 -> JSON.textNode(text(random));
            case 6 -> JSON.numberNode(-1);
            case 7 -> JSON.arrayNode().add(value(random, depth - 1)).add(fields(random, depth));
            default -> fields(random, depth);
        };
    }

    private static String text(Random random) {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }
}
