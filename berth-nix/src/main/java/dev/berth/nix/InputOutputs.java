package dev.berth.nix;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a derivation takes from one input derivation. Immutable.
 *
 * @param outputs the names of outputs that it takes as they are
 * @param dynamic by the name of an output that is itself a derivation: what it takes from that one
 */
public record InputOutputs(NavigableSet<String> outputs, NavigableMap<String, InputOutputs> dynamic) {
    /** Copies both. @throws FormatException if both are empty, or a name cannot be an output's */
    public InputOutputs {
        outputs = Collections.unmodifiableNavigableSet(new TreeSet<>(outputs));
        dynamic = Collections.unmodifiableNavigableMap(new TreeMap<>(dynamic));
        if (outputs.isEmpty() && dynamic.isEmpty()) {
            throw new FormatException("an input derivation is named, but none of its outputs");
        }
        outputs.forEach(OutputsSpec::checkOutputName);
        dynamic.keySet().forEach(OutputsSpec::checkOutputName);
    }

    /** Outputs as they are. */
    public static InputOutputs of(Set<String> outputs) {
        return new InputOutputs(new TreeSet<>(outputs), Collections.emptyNavigableMap());
    }
}
