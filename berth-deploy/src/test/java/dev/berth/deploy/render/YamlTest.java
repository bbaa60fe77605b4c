package dev.berth.deploy.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.testing.Seed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlTest {
    private static JsonNode one(String text) {
        List<JsonNode> documents = Yaml.parse("f.yaml", text);
        assertThat(documents).hasSize(1);
        return documents.getFirst();
    }

    private static void refused(String text, String message) {
        assertThatThrownBy(() -> Yaml.parse("f.yaml", text))
                .isInstanceOf(RenderException.class)
                .hasMessageStartingWith(message)
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0644|420",
                "0o644|420",
                "0x1f|31",
                "-7|-7",
                "+7|7",
                "1.5|1.5",
                "true|true",
                "no|\"no\"",
                "~|null",
                "1.2.3|\"1.2.3\"",
                "\"0644\"|\"0644\"",
                "!!str 12|\"12\"",
                "12345678901234567890|12345678901234567890",
                "2026-11-22|\"2026-11-22\""
            })
    void scalarsAreReadAsKubectlReadsThem(String yaml, String json) {
        assertThat(one("v: " + yaml).get("v").toString()).isEqualTo(json);
    }

    @Test
    void documentsAndEmptyOnes() {
        assertThat(Yaml.parse("f", "---\na: 1\n---\n---\n# nothing\n---\nb: [1, two]\n...\n"))
                .extracting(JsonNode::toString)
                .containsExactly("{\"a\":1}", "{\"b\":[1,\"two\"]}");
    }

    @Test
    void anchorsAndMergeKeys() {
        assertThat(one("x: &a {k: 1, l: 2}\ny: {<<: *a, l: 3}\nz: {l: 4, <<: [{m: 5}, *a]}\n")
                        .toString())
                .isEqualTo("{\"x\":{\"k\":1,\"l\":2},\"y\":{\"k\":1,\"l\":3},\"z\":{\"l\":4,\"m\":5,\"k\":1}}");
    }

    @Test
    void errorsNameLineAndColumn() {
        refused("a: 1\nb: [1, 2\nc: 3\n", "f.yaml:3:");
        refused("a: 1\n\tb: 2\n", "f.yaml:2:");
        refused("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: the key 'a' stands here twice");
        refused("? [a]\n: 1\n", "f.yaml:1:3: a key must be a text");
        refused("a: !!binary aGk=\n", "f.yaml:1:4: the tag");
        refused("a: !secret x\n", "f.yaml:1:4: the tag");
        refused("a: *nowhere\n", "f.yaml:1:4");
    }

    @Test
    void bombsAreDefused() {
        StringBuilder laughs = new StringBuilder("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for (int i = 1; i < 12; i++) {
            String alias = "*a" + (i - 1);
            laughs.append(
                    "a" + i + ": &a" + i + " [" + String.join(", ", java.util.Collections.nCopies(10, alias)) + "]\n");
        }
        assertThatThrownBy(() -> Yaml.parse("f.yaml", laughs.toString()))
                .isInstanceOf(RenderException.class)
                .hasMessageContaining("expand to more than");
        refused("a: &a [*a]\n", "f.yaml:1:");
        refused("[".repeat(100_000), "f.yaml:");
        refused("- ".repeat(5_000) + "x", "f.yaml:");
    }

    @Test
    void anyTextIsReadOrRefused() {
        long seed = Seed.first();
        Random random = new Random(seed);
        String alphabet = "ab:-[]{},&*!|>'\"#%@` \n\t\u0000\u0001é~<?01";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(40); n > 0; n--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                Yaml.parse("f", text.toString());
            } catch (RenderException e) {
                assertThat(e.getMessage())
                        .as("seed %d: %s", seed, text)
                        .startsWith("f")
                        .doesNotContain("\n");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + text, e);
            }
        }
    }
}
