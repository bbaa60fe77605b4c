package dev.berth.deploy.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.deploy.Objects;
import dev.berth.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AppliedFieldsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final ObjectNode DESIRED = Objects.of(
            "v1",
            "Service",
            "metadata: {name: 'web', namespace: 'shop', labels: {app: 'web'}}, spec: {selector: {app: 'web'}, ports: [{name:"
                    + " 'http', port: 80}, {name: 'more', port: 81}], externalIPs: ['1.2.3.4']}");

    /** As the API server has it, with what it added. */
    private static ObjectNode live() {
        return Objects.of(
                "v1",
                "Service",
                "metadata: {name: 'web', namespace: 'shop', uid: 'x', labels: {app: 'web', other: 'y'}, managedFields:"
                        + " [{manager: 'berth', operation: 'Apply', apiVersion: 'v1', fieldsV1: {'f:metadata': {'f:labels':"
                        + " {'f:app': {}}}, 'f:spec': {'f:selector': {'f:app': {}}, 'f:externalIPs': {}, 'f:ports': {"
                        + "'k:{\\\"port\\\":80,\\\"protocol\\\":\\\"TCP\\\"}': {'.': {}, 'f:name': {}, 'f:port': {}},"
                        + "'k:{\\\"port\\\":81,\\\"protocol\\\":\\\"TCP\\\"}': {'.': {}, 'f:name': {}, 'f:port': {}}}}}}]},"
                        + " spec: {clusterIP: '10.0.0.1', selector: {app: 'web'}, externalIPs: ['1.2.3.4'], ports: [{name:"
                        + " 'http', port: 80, protocol: 'TCP', targetPort: 80}, {name: 'more', port: 81, protocol: 'TCP'}]}");
    }

    private static boolean proves(ObjectNode desired, ObjectNode live) {
        return ManagedFields.provesUnchanged(desired, live, "berth");
    }

    @Test
    void knowsAnObjectThatIsAsItWasApplied() {
        assertThat(proves(DESIRED, live())).isTrue();
        assertThat(ManagedFields.provesUnchanged(DESIRED, live(), "other")).isFalse();
    }

    @Test
    void seesWhateverIsDifferent() {
        ObjectNode drifted = live();
        ((ObjectNode) drifted.at("/spec/ports/0")).put("name", "changed");
        assertThat(proves(DESIRED, drifted)).isFalse();

        ObjectNode without = DESIRED.deepCopy();
        ((ObjectNode) without.get("spec")).remove("externalIPs");
        assertThat(proves(without, live())).as("a field that is to go").isFalse();

        ObjectNode more = DESIRED.deepCopy();
        ((ObjectNode) more.at("/metadata/labels")).put("other", "y");
        assertThat(proves(more, live())).as("a field that others have set").isFalse();

        ObjectNode turned = DESIRED.deepCopy();
        ArrayNode ports = (ArrayNode) turned.at("/spec/ports");
        ports.add(ports.remove(0));
        assertThat(proves(turned, live())).as("another order").isFalse();

        ObjectNode newer = live();
        ((ObjectNode) newer.at("/metadata/managedFields/0")).put("apiVersion", "v2");
        assertThat(proves(DESIRED, newer)).as("another version of the API").isFalse();

        ObjectNode twice = live();
        ArrayNode entries = (ArrayNode) twice.at("/metadata/managedFields");
        entries.add(entries.get(0).deepCopy());
        assertThat(proves(DESIRED, twice)).isFalse();
    }

    /** Any object with the set of its own fields is proved; with any one leaf changed, added or left out it is not. */
    @Test
    void provesExactlyTheSameObjects() {
        for (long seed = Seed.first(); seed < Seed.first() + 300; seed++) {
            Random random = new Random(seed);
            ObjectNode object = Objects.of("v1", "Thing", "metadata: {name: 'a'}");
            object.set("spec", map(random, 3));
            ObjectNode set = JSON.createObjectNode();
            set.set("f:spec", set(object.get("spec")));
            assertThat(AppliedFields.same(set, object, object.deepCopy()))
                    .as("seed %d", seed)
                    .isTrue();

            ObjectNode other = object.deepCopy();
            List<ObjectNode> maps = new ArrayList<>();
            maps(other.get("spec"), maps);
            ObjectNode chosen = maps.get(random.nextInt(maps.size()));
            if (chosen.isEmpty() || random.nextBoolean()) {
                chosen.put("added", 1);
                assertThat(AppliedFields.same(set, other, other))
                        .as("added, seed %d", seed)
                        .isFalse();
                assertThat(AppliedFields.same(set, other, object))
                        .as("added, seed %d", seed)
                        .isFalse();
            } else {
                String name = chosen.fieldNames().next();
                chosen.put(name, "changed");
                assertThat(AppliedFields.same(set, object, other))
                        .as("changed, seed %d", seed)
                        .isFalse();
                chosen.remove(name);
                assertThat(AppliedFields.same(set, other, object))
                        .as("left out, seed %d", seed)
                        .isFalse();
            }
        }
    }

    private static ObjectNode map(Random random, int depth) {
        ObjectNode map = JSON.createObjectNode();
        for (int i = random.nextInt(4); i >= 0; i--) {
            map.set("field" + i, depth == 0 || random.nextInt(3) == 0 ? leaf(random) : value(random, depth - 1));
        }
        return map;
    }

    private static JsonNode value(Random random, int depth) {
        if (random.nextBoolean()) {
            return map(random, depth);
        }
        ArrayNode list = JSON.createArrayNode();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(map(random, depth).put("name", "element" + i));
        }
        return list;
    }

    private static JsonNode leaf(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> JSON.getNodeFactory().numberNode(random.nextInt(5));
            case 1 -> JSON.getNodeFactory().booleanNode(random.nextBoolean());
            case 2 -> JSON.createArrayNode().add("whole").add(random.nextInt(3));
            default -> JSON.getNodeFactory().textNode("text " + random.nextInt(5));
        };
    }

    /** The set of an object's fields as the server would write it, lists of objects being keyed by their names. */
    private static ObjectNode set(JsonNode value) {
        ObjectNode set = JSON.createObjectNode();
        if (value.isObject()) {
            for (Map.Entry<String, JsonNode> field : value.properties()) {
                set.set("f:" + field.getKey(), set(field.getValue()));
            }
        } else if (value.isArray() && !value.isEmpty() && value.get(0).isObject()) {
            for (JsonNode element : value) {
                ObjectNode below = set(element);
                below.putObject(".");
                set.set("k:" + JSON.createObjectNode().set("name", element.get("name")), below);
            }
        }
        return set;
    }

    private static void maps(JsonNode value, List<ObjectNode> maps) {
        if (value instanceof ObjectNode map) {
            maps.add(map);
        }
        value.forEach(below -> maps(below, maps));
    }
}
