package dev.berth.node.policy;

import dev.berth.nix.PublicKey;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the pods of some namespaces may have mounted.
 *
 * @param name what to call it in messages
 * @param namespaces whose pods it is for; empty for the default
 * @param keys of which one must have signed each path that is not content-addressed; without, what the agent itself trusts will do
 * @param expressions whether {@code flakeRef} and {@code nixExpr} are evaluated
 * @param readWrite whether pods may write to their volumes
 * @param limits how much it may be
 */
public record Rule(
        String name,
        List<NamespacePattern> namespaces,
        Optional<Set<PublicKey>> keys,
        boolean expressions,
        boolean readWrite,
        Limits limits) {
    /** Copies the collections. */
    public Rule {
        namespaces = List.copyOf(namespaces);
        keys = keys.map(Set::copyOf);
    }

    boolean isFor(String namespace) {
        return namespaces.stream().anyMatch(pattern -> pattern.matches(namespace));
    }
}
