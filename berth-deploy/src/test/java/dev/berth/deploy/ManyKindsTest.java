package dev.berth.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.kubernetes.ObjectKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ManyKindsTest {
    @Test
    void isWhatItPromises() {
        ManyKinds many = new ManyKinds("many");
        Map<ObjectKey, ObjectNode> first = byKey(many.objects(1));
        Map<ObjectKey, ObjectNode> second = byKey(many.objects(2));
        Set<String> kinds = new HashSet<>();
        first.keySet().forEach(key -> kinds.add(key.kind()));

        assertThat(first).hasSizeGreaterThan(60);
        assertThat(kinds).hasSizeGreaterThan(30);
        assertThat(second.keySet()).isEqualTo(first.keySet());
        assertThat(first.entrySet().stream()
                        .filter(entry -> !entry.getValue().equals(second.get(entry.getKey())))
                        .map(entry -> entry.getKey().kind()))
                .containsExactlyInAnyOrder("ConfigMap", "ConfigMap", "Deployment", "Deployment", "Widget");
    }

    private static Map<ObjectKey, ObjectNode> byKey(List<ObjectNode> objects) {
        Map<ObjectKey, ObjectNode> byKey = new HashMap<>();
        objects.forEach(
                object -> assertThat(byKey.put(ObjectKey.of(object), object)).isNull());
        return byKey;
    }
}
