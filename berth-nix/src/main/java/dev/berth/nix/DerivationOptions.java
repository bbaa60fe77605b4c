package dev.berth.nix;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a derivation's attributes tell the builder of it, beside the environment: "advanced attributes"
 * (libstore/derivation-options.hh). Immutable.
 *
 * @param checks what the outputs must keep to
 * @param unsafeDiscardReferences by output, whether it is registered without references
 * @param passAsFile the variables whose values are passed in files
 * @param exportReferencesGraph by file name, whose closures are described to the build
 * @param sandboxProfile more rules for the sandbox of macOS
 * @param noChroot whether the build runs without a sandbox
 * @param impureHostDeps files of the machine that the build sees
 * @param impureEnvVars variables of the daemon that a fixed output's build sees
 * @param allowLocalNetworking whether the build may use the loop-back interface on macOS
 * @param requiredSystemFeatures what the machine must have
 * @param preferLocalBuild whether it is better built than built elsewhere
 * @param allowSubstitutes whether it may come from a cache
 */
public record DerivationOptions(
        Checks checks,
        NavigableMap<String, Boolean> unsafeDiscardReferences,
        NavigableSet<String> passAsFile,
        NavigableMap<String, NavigableSet<SingleDerivedPath>> exportReferencesGraph,
        String sandboxProfile,
        boolean noChroot,
        NavigableSet<String> impureHostDeps,
        NavigableSet<String> impureEnvVars,
        boolean allowLocalNetworking,
        NavigableSet<String> requiredSystemFeatures,
        boolean preferLocalBuild,
        boolean allowSubstitutes) {

    /** Copies the collections. */
    public DerivationOptions {
        unsafeDiscardReferences = Collections.unmodifiableNavigableMap(new TreeMap<>(unsafeDiscardReferences));
        passAsFile = copy(passAsFile);
        TreeMap<String, NavigableSet<SingleDerivedPath>> graph = new TreeMap<>();
        exportReferencesGraph.forEach(
                (file, paths) -> graph.put(file, Collections.unmodifiableNavigableSet(new TreeSet<>(paths))));
        exportReferencesGraph = Collections.unmodifiableNavigableMap(graph);
        impureHostDeps = copy(impureHostDeps);
        impureEnvVars = copy(impureEnvVars);
        requiredSystemFeatures = copy(requiredSystemFeatures);
    }

    private static NavigableSet<String> copy(NavigableSet<String> set) {
        return Collections.unmodifiableNavigableSet(new TreeSet<>(set));
    }

    /** The checks of outputs. */
    public sealed interface Checks {
        /**
         * The same of all outputs: of a derivation without structured attributes.
         *
         * @param checks what all keep to
         */
        record ForAll(OutputChecks checks) implements Checks {}

        /**
         * By output: of a derivation with structured attributes.
         *
         * @param checks what each keeps to; none for an output that is not in it
         */
        record PerOutput(NavigableMap<String, OutputChecks> checks) implements Checks {
            /** Copies the map. */
            public PerOutput {
                checks = Collections.unmodifiableNavigableMap(new TreeMap<>(checks));
            }
        }
    }

    /**
     * Reads the options in a derivation's environment or structured attributes.
     *
     * @throws FormatException if an attribute is malformed
     */
    public static DerivationOptions of(StoreDir storeDir, Derivation derivation) {
        return new DerivationOptionsReader(storeDir, derivation).read();
    }
}
