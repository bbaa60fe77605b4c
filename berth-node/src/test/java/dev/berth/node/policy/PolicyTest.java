package dev.berth.node.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.berth.nix.FormatException;
import dev.berth.nix.PublicKey;
import dev.berth.nix.SecretKey;
import dev.berth.store.config.ConfigException;
import dev.berth.store.config.Yaml;
import dev.berth.testing.Seed;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyTest {
    private static final PublicKey KEY = SecretKey.generate("release-1").publicKey();

    private static final String FULL = """
            rules:
            - namespaces: [kube-system, "team-*"]
              name: platform
              trusted-public-keys: ["%s"]
              expressions: true
              read-write: false
              max-closure-size: 2G
              max-volumes: 40
              max-total-size: 20G
            - namespaces: [a, b, c, d, e]
              trusted-public-keys: []
            default: {}
            """.formatted(KEY);

    @Test
    void everyKeyIsRead() {
        Policy policy = Policy.parse("policy.yaml", FULL);
        assertThat(policy.rules().getFirst())
                .isEqualTo(new Rule(
                        "platform",
                        List.of(new NamespacePattern("kube-system"), new NamespacePattern("team-*")),
                        Optional.of(Set.of(KEY)),
                        true,
                        false,
                        new Limits(OptionalLong.of(2L << 30), OptionalInt.of(40), OptionalLong.of(20L << 30))));
        Rule second = policy.rules().get(1);
        assertThat(second.name()).isEqualTo("rule 2 (a, b, c, d, …)");
        assertThat(second.keys()).contains(Set.of());
        assertThat(policy.fallback())
                .contains(new Rule("the default", List.of(), Optional.empty(), false, true, Limits.NONE));
    }

    @ParameterizedTest
    @CsvSource({
        "kube-system, platform",
        "team-, platform",
        "team-blue, platform",
        "c, 'rule 2 (a, b, c, d, …)'",
        "teams, the default"
    })
    void theFirstRuleForANamespaceDecides(String namespace, String rule) {
        assertThat(Policy.parse("policy.yaml", FULL)
                        .rule(namespace)
                        .orElseThrow()
                        .name())
                .isEqualTo(rule);
    }

    @Test
    void withoutADefaultNoRuleIsNoRule() {
        assertThat(Policy.parse("f", "rules: [{namespaces: [a]}]").rule("b")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "##|holds neither rules nor a default",
                "rules: []|holds neither rules nor a default",
                "rules: {}|'rules' takes a list",
                "rules: [{}]|line 1: rule 1 names no namespaces",
                "rules: [{namespaces: []}]|rule 1 names no namespaces",
                "rules: [{namespaces: [A]}]|line 1: 'rules[0].namespaces': not a namespace",
                "rules: [{namespaces: [a], keys: []}]|unknown key 'rules[0].keys'",
                "rules: [{namespaces: [a], trusted-public-keys: [x]}]|'rules[0].trusted-public-keys'",
                "rules: [{namespaces: [a], max-volumes: -1}]|not a number of volumes: '-1'",
                "rules: [{namespaces: [a], max-closure-size: much}]|not a size",
                "rules: [{namespaces: [a], expressions: yes}]|neither true nor false: 'yes'",
                "default: {namespaces: [a]}|unknown key 'default.namespaces'",
                "default: |'default' holds keys",
                "defaults: {}|unknown key 'defaults'",
                "default: {}~default: {}|line 2",
            })
    void whatCannotBeIsRefusedWithItsPlace(String text, String message) {
        assertThatThrownBy(() -> Policy.parse("f", text.replace('~', '\n')))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("f")
                .hasMessageContaining(message);
    }

    @Test
    void nestingSizeAndBombsOfAliasesEndSoon() {
        String deep = "rules: " + "[".repeat(100_000);
        assertThat(failure(deep)).contains("nested deeper than " + Yaml.MAX_DEPTH);
        assertThat(failure("rules: " + "{a: ".repeat(100_000))).contains("nested deeper");
        assertThat(failure("#" + "x".repeat(Yaml.MAX_CHARACTERS + 1))).contains("more than " + Yaml.MAX_CHARACTERS);
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 60; i++) {
            String last = "*a" + (i - 1);
            bomb.append("a%d: &a%d [%s]\n".formatted(i, i, String.join(", ", java.util.Collections.nCopies(9, last))));
        }
        assertThat(failure(bomb + "rules: *a59\n")).contains("aliases");
        assertThat(failure("rules: &r [*r]")).isNotEmpty();
    }

    private static String failure(String text) {
        Throwable e = catchThrowable(() -> Policy.parse("f", text));
        assertThat(e).isInstanceOf(ConfigException.class);
        assertThat(e.getMessage()).doesNotContain("\n").hasSizeLessThan(300);
        return String.valueOf(e.getMessage());
    }

    @Test
    void anyTextIsAPolicyOrRefused() {
        long seed = Seed.first();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            String text = mutated(random);
            try {
                Policy.parse("f", text).rule("team-a");
            } catch (ConfigException e) {
                assertThat(e.getMessage())
                        .as("seed %d, round %d: %s", seed, i, text)
                        .startsWith("f");
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("seed " + seed + ", round " + i + ": " + text, e);
            }
        }
    }

    private static String mutated(Random random) {
        StringBuilder text = new StringBuilder(FULL);
        String marks = "[]{}:,-&*!|>'\"%@`#?\n \t~a0\\\u0000\ud800";
        for (int i = random.nextInt(6); i >= 0; i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.setCharAt(at, marks.charAt(random.nextInt(marks.length())));
                case 1 -> text.insert(at, marks.charAt(random.nextInt(marks.length())));
                case 2 -> text.delete(at, Math.min(text.length(), at + random.nextInt(20)));
                default -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(60))));
            }
            if (text.isEmpty()) {
                text.append('a');
            }
        }
        return text.toString();
    }

    @Test
    void patternsMatchAsRegularExpressionsDo() {
        long seed = Seed.first();
        Random random = new Random(seed);
        for (int i = 0; i < 50_000; i++) {
            String pattern = word(random, "ab-*?", 1 + random.nextInt(8));
            String name = word(random, "ab-", random.nextInt(10));
            boolean expected = Pattern.matches(pattern.replace("*", ".*").replace("?", "."), name);
            assertThat(new NamespacePattern(pattern).matches(name))
                    .as("seed %d: %s on %s", seed, pattern, name)
                    .isEqualTo(expected);
        }
        String stars = "*a".repeat(31);
        assertThat(new NamespacePattern(stars).matches("a".repeat(1_000) + "b")).isFalse();
        assertThatThrownBy(() -> new NamespacePattern("")).isInstanceOf(FormatException.class);
        assertThatThrownBy(() -> new NamespacePattern("a".repeat(64))).isInstanceOf(FormatException.class);
    }

    private static String word(Random random, String alphabet, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return word.toString();
    }
}
