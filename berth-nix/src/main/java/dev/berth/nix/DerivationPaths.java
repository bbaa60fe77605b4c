package dev.berth.nix;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The computation of output paths from derivations: the hash of a derivation in which the input derivations are replaced
 * by theirs ("modulo fixed outputs", libstore/derivation/modulo.cc). Remembers what it computed; for one thread.
 */
public final class DerivationPaths {
    private final StoreDir storeDir;
    private final Function<StorePath, Derivation> derivations;
    private final Map<StorePath, Modulo> known = new HashMap<>();

    /**
     * The hash modulo of a derivation.
     *
     * @param hashes by output; empty if a derivation made by a derivation must be built first
     * @param deferred whether output paths can be told from them only after builds
     */
    public record Modulo(NavigableMap<String, Hash> hashes, boolean deferred) {
        /** Copies the map. */
        public Modulo {
            hashes = Collections.unmodifiableNavigableMap(new TreeMap<>(hashes));
        }

        private static Modulo of(Derivation derivation, Hash hash, boolean deferred) {
            TreeMap<String, Hash> hashes = new TreeMap<>();
            derivation.outputs().keySet().forEach(name -> hashes.put(name, hash));
            return new Modulo(hashes, deferred);
        }

        private static Modulo unknown() {
            return new Modulo(Collections.emptyNavigableMap(), true);
        }
    }

    /**
     * @param derivations reads an input derivation by its path; what it throws is passed on
     */
    public DerivationPaths(StoreDir storeDir, Function<StorePath, Derivation> derivations) {
        this.storeDir = storeDir;
        this.derivations = derivations;
    }

    /**
     * The hash modulo of a derivation with its own output paths left out, from which these are made. It is also the hash in
     * the keys of realisations until Nix 2.34.
     *
     * @throws FormatException if the derivation's outputs contradict each other, an input has no such output, or inputs
     *     form a cycle
     */
    public Modulo modulo(Derivation derivation) {
        require(derivation);
        return modulo(derivation, true);
    }

    /** Brings the hashes of all inputs into {@link #known}, deepest first and without recursion: chains may be long. */
    private void require(Derivation derivation) {
        Deque<StorePath> open = new ArrayDeque<>(derivation.inputDerivations().keySet());
        Map<StorePath, Derivation> entered = new HashMap<>();
        while (!open.isEmpty()) {
            StorePath path = open.peek();
            if (known.containsKey(path)) {
                open.pop();
                continue;
            }
            Derivation input = entered.get(path);
            if (input == null) {
                Derivation read = derivations.apply(path);
                entered.put(path, read);
                for (StorePath next : read.inputDerivations().keySet()) {
                    if (entered.containsKey(next) && !known.containsKey(next)) {
                        throw new FormatException("derivation '" + next + "' is an input of itself");
                    }
                    open.push(next);
                }
            } else {
                open.pop();
                known.put(path, modulo(input, false));
            }
        }
    }

    private Modulo modulo(Derivation derivation, boolean masked) {
        DerivationType type = derivation.type();
        if (type == DerivationType.FIXED) {
            return fixed(derivation);
        }
        if (type == DerivationType.IMPURE) {
            return Modulo.of(derivation, Hash.sha256("impure".getBytes(StandardCharsets.UTF_8)), true);
        }
        boolean deferred = type == DerivationType.FLOATING || (type == DerivationType.DEFERRED && !masked);
        SortedMap<String, TreeSet<String>> inputs = new TreeMap<>();
        for (var entry : derivation.inputDerivations().entrySet()) {
            InputOutputs wanted = entry.getValue();
            Modulo input = knownModulo(entry.getKey());
            if (!wanted.dynamic().isEmpty() || input.hashes().isEmpty()) {
                return Modulo.unknown();
            }
            deferred |= input.deferred();
            for (String outputName : wanted.outputs()) {
                Hash hash = input.hashes().get(outputName);
                if (hash == null) {
                    throw new FormatException("derivation '" + entry.getKey() + "' has no output '" + outputName
                            + "', which '" + derivation.name() + "' wants");
                }
                inputs.computeIfAbsent(hash.toBase16(), _ -> new TreeSet<>()).add(outputName);
            }
        }
        SortedMap<String, InputOutputs> replaced = new TreeMap<>();
        inputs.forEach((hash, outputs) -> replaced.put(hash, InputOutputs.of(outputs)));
        byte[] text = new DerivationWriter(storeDir).write(derivation, replaced, masked);
        return Modulo.of(derivation, Hash.sha256(text), deferred);
    }

    private Modulo knownModulo(StorePath path) {
        Modulo modulo = known.get(path);
        if (modulo == null) {
            throw new IllegalStateException("the hash of " + path + " was not computed first");
        }
        return modulo;
    }

    /** Fixed outputs count by their content, whatever makes them. */
    private Modulo fixed(Derivation derivation) {
        TreeMap<String, Hash> hashes = new TreeMap<>();
        derivation.outputs().forEach((name, output) -> {
            if (output instanceof DerivationOutput.Fixed(ContentAddress ca)) {
                StorePath path = output.path(storeDir, derivation.name(), name).orElseThrow();
                String text = "fixed:out:" + ca.method().prefix() + ca.hash().format(HashFormat.BASE16, true) + ":"
                        + storeDir.print(path);
                hashes.put(name, Hash.sha256(text.getBytes(StandardCharsets.UTF_8)));
            }
        });
        return new Modulo(hashes, false);
    }

    /**
     * The paths of all outputs, if they can be told before the build. What the derivation says of input-addressed paths is
     * not read.
     *
     * @throws FormatException as {@link #modulo}
     */
    public Optional<NavigableMap<String, StorePath>> outputPaths(Derivation derivation) {
        DerivationType type = derivation.type();
        if (type == DerivationType.FIXED) {
            return Optional.of(derivation.knownOutputPaths(storeDir));
        }
        if (type == DerivationType.FLOATING || type == DerivationType.IMPURE) {
            return Optional.empty();
        }
        Modulo modulo = modulo(derivation);
        if (modulo.deferred()) {
            return Optional.empty();
        }
        NavigableMap<String, StorePath> paths = new TreeMap<>();
        modulo.hashes()
                .forEach((outputName, hash) ->
                        paths.put(outputName, StorePaths.ofOutput(storeDir, outputName, hash, derivation.name())));
        return Optional.of(paths);
    }

    /**
     * Fills in the output paths of a derivation that has them left open ({@code fillInOutputPaths}), in its outputs and in
     * the variables named like them. As in Nix, a variable that is missing counts as such in the hash, so that the result
     * passes {@link #check} only if the variables were there, be it empty.
     *
     * @throws FormatException if a path or a variable that it has is another one
     */
    public Derivation fillIn(Derivation derivation) {
        Optional<NavigableMap<String, StorePath>> paths = checkedPaths(derivation);
        if (paths.isEmpty()) {
            return derivation;
        }
        Map<String, DerivationOutput> outputs = new TreeMap<>(derivation.outputs());
        Map<String, String> env = Derivation.sorted(derivation.env());
        paths.get().forEach((outputName, path) -> {
            boolean open = outputs.get(outputName) instanceof DerivationOutput.Deferred;
            if (open) {
                outputs.put(outputName, new DerivationOutput.InputAddressed(path));
            }
            // As Nix does, a wrong variable of an output left open is set right, as older releases wrote such.
            if (open || env.getOrDefault(outputName, "").isEmpty()) {
                env.put(outputName, storeDir.print(path));
            }
        });
        Derivation filled = derivation.with(outputs, env);
        checkVariables(filled, paths.get());
        return filled;
    }

    /**
     * Checks that the paths in a derivation and in the variables named like its outputs are right
     * ({@code checkInvariants}). Outputs left open that could be filled in pass, as in Nix.
     *
     * @throws FormatException otherwise
     */
    public void check(Derivation derivation) {
        checkedPaths(derivation).ifPresent(paths -> checkVariables(derivation, paths));
    }

    private void checkVariables(Derivation derivation, Map<String, StorePath> paths) {
        paths.forEach((outputName, path) -> {
            if (derivation.outputs().get(outputName) instanceof DerivationOutput.Deferred) {
                return;
            }
            String expected = storeDir.print(path);
            String stated = derivation.env().getOrDefault(outputName, "");
            if (!stated.equals(expected)) {
                throw new FormatException("derivation '" + derivation.name() + "' has variable '" + outputName + "' "
                        + FormatException.quote(stated) + ", should be '" + expected + "'");
            }
        });
    }

    /** The computed paths, which any paths in the derivation must equal. */
    private Optional<NavigableMap<String, StorePath>> checkedPaths(Derivation derivation) {
        Optional<NavigableMap<String, StorePath>> paths = outputPaths(derivation);
        derivation.knownOutputPaths(storeDir).forEach((outputName, stated) -> {
            String right = paths.map(all -> "'" + all.get(outputName) + "'").orElse("left open");
            if (!right.equals("'" + stated + "'")) {
                throw new FormatException("derivation '" + derivation.name() + "' has incorrect output '" + stated
                        + "' as '" + outputName + "', should be " + right);
            }
        });
        return paths;
    }
}
