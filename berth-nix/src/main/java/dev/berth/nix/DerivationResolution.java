package dev.berth.nix;

import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts the store paths of built inputs into a derivation in place of the input derivations and of the placeholders that
 * stand for their outputs (libstore/derivation/resolution.cc).
 */
public final class DerivationResolution {
    /** What a placeholder looks like: a slash and a SHA-256 in Nix32. */
    private static final Pattern PLACEHOLDER = Pattern.compile("/[" + NixBase32.ALPHABET + "]{52}");

    private DerivationResolution() {}

    /**
     * Resolves a derivation; output paths that can then be told are filled in.
     *
     * @param built the path of an output of a derivation, if it is known to be built
     * @return the derivation with store paths as its only inputs, or nothing if an output is not known
     */
    public static Optional<Derivation> resolve(
            StoreDir storeDir, Derivation derivation, Function<SingleDerivedPath.Built, Optional<StorePath>> built) {
        TreeSet<StorePath> sources = new TreeSet<>(derivation.inputSources());
        Map<String, String> rewrites = new TreeMap<>();
        for (SingleDerivedPath.Built input : inputs(derivation)) {
            Optional<StorePath> path = built.apply(input);
            if (path.isEmpty()) {
                return Optional.empty();
            }
            sources.add(path.get());
            rewrites.put(Placeholders.of(input), storeDir.print(path.get()));
        }
        Map<String, String> env = new TreeMap<>(ByteText.ORDER);
        derivation.env().forEach((name, value) -> env.putIfAbsent(rewrite(name, rewrites), rewrite(value, rewrites)));
        Derivation resolved = new Derivation(
                derivation.name(),
                derivation.outputs(),
                sources,
                new TreeMap<>(),
                derivation.system(),
                rewrite(derivation.builder(), rewrites),
                derivation.args().stream().map(arg -> rewrite(arg, rewrites)).toList(),
                Derivation.sorted(env));
        DerivationPaths paths = new DerivationPaths(storeDir, path -> {
            throw new IllegalStateException("a resolved derivation has no input derivation " + path);
        });
        return Optional.of(paths.fillIn(resolved));
    }

    /** All outputs of derivations that a derivation takes. */
    public static NavigableSet<SingleDerivedPath.Built> inputs(Derivation derivation) {
        TreeSet<SingleDerivedPath.Built> all = new TreeSet<>();
        derivation.inputDerivations().forEach((path, input) -> add(all, SingleDerivedPath.of(path), input));
        return all;
    }

    private static void add(NavigableSet<SingleDerivedPath.Built> all, SingleDerivedPath drvPath, InputOutputs input) {
        input.outputs().forEach(output -> all.add(new SingleDerivedPath.Built(drvPath, output)));
        input.dynamic().forEach((output, child) -> add(all, new SingleDerivedPath.Built(drvPath, output), child));
    }

    private static String rewrite(String text, Map<String, String> rewrites) {
        return PLACEHOLDER
                .matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(rewrites.getOrDefault(match.group(), match.group())));
    }
}
