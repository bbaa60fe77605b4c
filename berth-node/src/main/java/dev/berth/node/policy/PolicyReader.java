package dev.berth.node.policy;

import dev.berth.nix.PublicKey;
import dev.berth.store.config.ConfigException;
import dev.berth.store.config.Yaml;
import dev.berth.store.usage.Sizes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the policy's file. */
final class PolicyReader {
    private static final int MAX_RULES = 1000;
    private static final int MAX_NAMED = 4;

    private PolicyReader() {}

    static Policy read(String file, String text) {
        Yaml root = Yaml.parse(file, text);
        List<Yaml> sections = root.sections("rules").orElse(List.of());
        if (sections.size() > MAX_RULES) {
            throw root.error("rules", "more than " + MAX_RULES + " rules");
        }
        List<Rule> rules = new ArrayList<>();
        for (Yaml section : sections) {
            rules.add(rule(section, rules.size() + 1));
        }
        Optional<Rule> fallback = root.has("default")
                ? Optional.of(rule(root.section("default"), "the default", List.of()))
                : Optional.empty();
        root.end();
        if (rules.isEmpty() && fallback.isEmpty()) {
            // What was cut off or is not yet written must not pass for a decision.
            throw new ConfigException(file + ": holds neither rules nor a default");
        }
        return new Policy(rules, fallback);
    }

    private static Rule rule(Yaml section, int number) {
        List<NamespacePattern> namespaces =
                section.list("namespaces", NamespacePattern::new).orElse(List.of());
        if (namespaces.isEmpty()) {
            throw section.error("namespaces", "rule " + number + " names no namespaces");
        }
        String some =
                namespaces.stream().limit(MAX_NAMED).map(NamespacePattern::text).collect(Collectors.joining(", "));
        String name = section.text("name")
                .orElse("rule " + number + " (" + some + (namespaces.size() > MAX_NAMED ? ", …)" : ")"));
        return rule(section, name, namespaces);
    }

    private static Rule rule(Yaml section, String name, List<NamespacePattern> namespaces) {
        Rule rule = new Rule(
                name,
                namespaces,
                section.list("trusted-public-keys", PublicKey::parse).map(Set::copyOf),
                section.flag("expressions").orElse(false),
                section.flag("read-write").orElse(true),
                new Limits(
                        size(section, "max-closure-size"),
                        section.value("max-volumes", PolicyReader::count)
                                .map(OptionalInt::of)
                                .orElseGet(OptionalInt::empty),
                        size(section, "max-total-size")));
        section.end();
        return rule;
    }

    private static OptionalLong size(Yaml section, String key) {
        return section.value(key, Sizes::parse).map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    private static int count(String text) {
        if (!text.matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException("not a number of volumes: '" + text + "'");
        }
        return Integer.parseInt(text);
    }
}
