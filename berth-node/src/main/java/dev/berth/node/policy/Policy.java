package dev.berth.node.policy;

import dev.berth.store.config.ConfigException;
import java.util.List;
import java.util.Optional;

/**
 * All rules of a node. The first that is for a namespace decides alone; if none is, the default does; without a default nothing is
 * mounted for that namespace.
 *
 * @param rules in the order in which they are asked
 * @param fallback the default
 */
public record Policy(List<Rule> rules, Optional<Rule> fallback) {
    /** Copies the list. */
    public Policy {
        rules = List.copyOf(rules);
    }

    /**
     * Reads a file's text.
     *
     * @param file its name, for messages
     * @throws ConfigException saying where it is wrong, and why
     */
    public static Policy parse(String file, String text) {
        return PolicyReader.read(file, text);
    }

    /** The rule that decides for a namespace. */
    public Optional<Rule> rule(String namespace) {
        return rules.stream().filter(rule -> rule.isFor(namespace)).findFirst().or(() -> fallback);
    }
}
