package dev.berth.nix;

/** What can be asked of a store: a path as it is, or outputs of a derivation (libstore/derived-path.cc). */
public sealed interface DerivedPath {
    /**
     * A store path as it is.
     *
     * @param path the path
     */
    record Opaque(StorePath path) implements DerivedPath {}

    /**
     * Outputs of a derivation.
     *
     * @param drvPath the derivation
     * @param outputs which
     */
    record Built(SingleDerivedPath drvPath, OutputsSpec outputs) implements DerivedPath {}

    /**
     * Reads full paths with {@code ^} before outputs, of which the last may be several.
     *
     * @throws FormatException otherwise
     */
    static DerivedPath parse(StoreDir storeDir, String text) {
        int at = text.lastIndexOf('^');
        return at < 0
                ? new Opaque(storeDir.parse(text))
                : new Built(
                        SingleDerivedPath.parse(storeDir, text.substring(0, at)),
                        OutputsSpec.parse(text.substring(at + 1)));
    }

    /**
     * As {@link #parse}, with {@code !} for {@code ^}, as the worker protocol has it.
     *
     * @throws FormatException otherwise
     */
    static DerivedPath parseLegacy(StoreDir storeDir, String text) {
        int at = text.lastIndexOf('!');
        return at < 0
                ? new Opaque(storeDir.parse(text))
                : new Built(
                        SingleDerivedPath.parseLegacy(storeDir, text.substring(0, at)),
                        OutputsSpec.parse(text.substring(at + 1)));
    }

    /** The text with {@code ^}. */
    default String print(StoreDir storeDir) {
        return switch (this) {
            case Opaque(StorePath path) -> storeDir.print(path);
            case Built(SingleDerivedPath drvPath, OutputsSpec outputs) ->
                drvPath.print(storeDir) + "^" + outputs.print();
        };
    }

    /** The text with {@code !}. */
    default String printLegacy(StoreDir storeDir) {
        return switch (this) {
            case Opaque(StorePath path) -> storeDir.print(path);
            case Built(SingleDerivedPath drvPath, OutputsSpec outputs) ->
                drvPath.printLegacy(storeDir) + "!" + outputs.print();
        };
    }
}
