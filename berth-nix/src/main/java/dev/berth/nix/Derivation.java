package dev.berth.nix;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A build step: what it takes, what it runs, what it gives (libstore/derivations.hh). Immutable.
 *
 * <p>Nix's strings are bytes. A byte in {@code builder}, {@code args} or {@code env} that is not part of UTF-8 is the lone
 * surrogate U+DC00 + byte here, and comes back as it was.
 *
 * @param name the name, without {@code .drv}
 * @param outputs by name; none only in texts that Nix does not build
 * @param inputSources store paths that it takes as they are
 * @param inputDerivations what it takes from other derivations, by their paths
 * @param system such as {@code x86_64-linux}
 * @param builder the program to run, or {@code builtin:…}
 * @param args the program's arguments
 * @param env the program's environment, in the order of bytes; structured attributes are the JSON text in {@code __json}
 */
public record Derivation(
        String name,
        NavigableMap<String, DerivationOutput> outputs,
        NavigableSet<StorePath> inputSources,
        NavigableMap<StorePath, InputOutputs> inputDerivations,
        String system,
        String builder,
        List<String> args,
        NavigableMap<String, String> env) {
    /** The greatest size of a derivation's file that is read. */
    public static final int MAX_SIZE = 64 << 20;

    /** The variable with the structured attributes. */
    public static final String STRUCTURED_ATTRS = "__json";

    /** Copies all. @throws FormatException if a name is no output's, or the system cannot be written */
    public Derivation {
        StorePath.checkName(name);
        outputs = Collections.unmodifiableNavigableMap(new TreeMap<>(outputs));
        outputs.keySet().forEach(OutputsSpec::checkOutputName);
        inputSources = Collections.unmodifiableNavigableSet(new TreeSet<>(inputSources));
        inputDerivations = Collections.unmodifiableNavigableMap(new TreeMap<>(inputDerivations));
        if (system.indexOf('"') >= 0 || system.indexOf('\\') >= 0) {
            // Nix writes it without escapes.
            throw new FormatException("system " + FormatException.quote(system) + " has a quote or a backslash");
        }
        args = List.copyOf(args);
        env = Collections.unmodifiableNavigableMap(sorted(env));
    }

    /**
     * Reads the content of a {@code .drv} file, {@code Derive(…)} or {@code DrvWithVersion("xp-dyn-drv",…)}.
     *
     * @param name the derivation's name, which the text does not say, see {@link #nameOf}
     * @throws FormatException with the position, if it is malformed
     */
    public static Derivation parse(StoreDir storeDir, String name, byte[] content) {
        return new DerivationReader(storeDir, name, content).read();
    }

    /**
     * The name of a derivation with a path: the path's name without {@code .drv}.
     *
     * @throws FormatException if it does not end so
     */
    public static String nameOf(StorePath drvPath) {
        if (!drvPath.isDerivation()) {
            throw new FormatException("store path '" + drvPath + "' is not a derivation");
        }
        return drvPath.name().substring(0, drvPath.name().length() - ".drv".length());
    }

    /** The content of the {@code .drv} file, as Nix writes it. */
    public byte[] print(StoreDir storeDir) {
        return new DerivationWriter(storeDir).write(this);
    }

    /** The path of the {@code .drv} file: a text with all inputs as references. */
    public StorePath storePath(StoreDir storeDir) {
        TreeSet<StorePath> references = new TreeSet<>(inputSources);
        references.addAll(inputDerivations.keySet());
        ContentAddress address = new ContentAddress(ContentAddressMethod.TEXT, Hash.sha256(print(storeDir)));
        return StorePaths.ofContentAddress(storeDir, name + ".drv", address, references, false);
    }

    /**
     * What all outputs have in common.
     *
     * @throws FormatException if there is none, or they do not go together
     */
    public DerivationType type() {
        Optional<DerivationType> type = Optional.empty();
        Optional<HashAlgorithm> floating = Optional.empty();
        for (DerivationOutput output : outputs.values()) {
            DerivationType next = switch (output) {
                case DerivationOutput.InputAddressed _ -> DerivationType.INPUT_ADDRESSED;
                case DerivationOutput.Deferred _ -> DerivationType.DEFERRED;
                case DerivationOutput.Fixed _ -> DerivationType.FIXED;
                case DerivationOutput.Floating _ -> DerivationType.FLOATING;
                case DerivationOutput.Impure _ -> DerivationType.IMPURE;
            };
            if (type.isPresent() && type.get() != next) {
                throw new FormatException("derivation '" + name + "' mixes output types");
            }
            type = Optional.of(next);
            if (output instanceof DerivationOutput.Floating(ContentAddressMethod _, HashAlgorithm algorithm)) {
                if (floating.isPresent() && floating.get() != algorithm) {
                    throw new FormatException(
                            "all floating outputs of derivation '" + name + "' must use the same hash algorithm");
                }
                floating = Optional.of(algorithm);
            }
        }
        if (type.equals(Optional.of(DerivationType.FIXED)) && !outputs.keySet().equals(Set.of("out"))) {
            throw new FormatException(
                    "the fixed output of derivation '" + name + "' must be the only one, and be named 'out'");
        }
        return type.orElseThrow(() -> new FormatException("derivation '" + name + "' has no output"));
    }

    /** Whether an input is an output of a derivation that another derivation makes. */
    public boolean hasDynamicInputs() {
        return inputDerivations.values().stream()
                .anyMatch(input -> !input.dynamic().isEmpty());
    }

    /** Whether Nix runs the builder itself. */
    public boolean isBuiltin() {
        return builder.startsWith("builtin:");
    }

    /** The paths of the outputs as far as they stand in the derivation. */
    public NavigableMap<String, StorePath> knownOutputPaths(StoreDir storeDir) {
        NavigableMap<String, StorePath> paths = new TreeMap<>();
        outputs.forEach((outputName, output) ->
                output.path(storeDir, name, outputName).ifPresent(path -> paths.put(outputName, path)));
        return paths;
    }

    /** This derivation with other outputs and environment. */
    Derivation with(Map<String, DerivationOutput> otherOutputs, Map<String, String> otherEnv) {
        return new Derivation(
                name,
                new TreeMap<>(otherOutputs),
                inputSources,
                inputDerivations,
                system,
                builder,
                args,
                sorted(otherEnv));
    }

    static NavigableMap<String, String> sorted(Map<String, String> env) {
        TreeMap<String, String> sorted = new TreeMap<>(ByteText.ORDER);
        sorted.putAll(env);
        return sorted;
    }
}
