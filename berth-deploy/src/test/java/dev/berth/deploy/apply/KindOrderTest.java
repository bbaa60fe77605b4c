package dev.berth.deploy.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.testing.Project;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class KindOrderTest {
    @Test
    void isThatOfTheModules() throws IOException {
        String text = Files.readString(Project.root().resolve("nix/kubernetes/order.nix"));
        Map<String, Integer> expected = new HashMap<>();
        List<String> kinds = new ArrayList<>();
        Pattern.compile("\"([A-Za-z]+)\"")
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .forEach(kinds::add);
        for (String kind : kinds) {
            expected.put(kind, (kinds.indexOf(kind) + 1) * 10);
        }
        for (MatchResult given :
                Pattern.compile("([A-Za-z]+) = (\\d+);").matcher(text).results().toList()) {
            expected.put(given.group(1), Integer.parseInt(given.group(2)));
        }
        assertThat(expected).hasSizeGreaterThan(30);
        assertThat(KindOrder.USUAL.priorities()).isEqualTo(expected);
    }

    @Test
    void putsCustomResourcesBehindTheirDefinitionsAndBeforeWhatCallsThem() {
        assertThat(KindOrder.USUAL.of("Widget"))
                .isGreaterThan(KindOrder.USUAL.of("CustomResourceDefinition"))
                .isLessThan(KindOrder.USUAL.of("APIService"))
                .isLessThan(KindOrder.USUAL.of("ValidatingWebhookConfiguration"));
        KindOrder other = KindOrder.USUAL.with(Map.of("Widget", 5, "Namespace", 1));
        assertThat(other.of("Widget")).isEqualTo(5);
        assertThat(other.of("Namespace")).isEqualTo(1);
        assertThat(other.of("Service")).isEqualTo(KindOrder.USUAL.of("Service"));
    }
}
