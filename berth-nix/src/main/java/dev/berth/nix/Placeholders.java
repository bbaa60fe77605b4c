package dev.berth.nix;

import java.nio.charset.StandardCharsets;

/** Texts that stand for store paths before these are known (libstore/downstream-placeholder.cc). */
public final class Placeholders {
    private Placeholders() {}

    /** What {@code builtins.placeholder} gives: the derivation's own output, put in by its builder. */
    public static String ofOutput(String outputName) {
        return render(hash("nix-output:" + outputName));
    }

    /** The output of another derivation, put in when the derivation that names it is resolved. */
    public static String of(SingleDerivedPath.Built input) {
        return render(upstream(input));
    }

    private static Hash upstream(SingleDerivedPath.Built input) {
        return switch (input.drvPath()) {
            case SingleDerivedPath.Opaque(StorePath drvPath) ->
                hash("nix-upstream-output:" + drvPath.hashPart() + ":"
                        + StorePaths.outputPathName(Derivation.nameOf(drvPath), input.output()));
            case SingleDerivedPath.Built built ->
                hash("nix-computed-output:" + upstream(built).folded(20).format(HashFormat.NIX32, false) + ":"
                        + input.output());
        };
    }

    private static Hash hash(String text) {
        return Hash.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String render(Hash hash) {
        return "/" + hash.format(HashFormat.NIX32, false);
    }
}
