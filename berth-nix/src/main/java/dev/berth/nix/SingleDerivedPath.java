package dev.berth.nix;

/**
 * One store path: itself, or the output of a derivation, which may itself be the output of one
 * (libstore/derived-path.cc).
 */
public sealed interface SingleDerivedPath extends Comparable<SingleDerivedPath> {
    /** How many derivations may stand one in the other. */
    int MAX_DEPTH = 64;

    /**
     * A store path as it is.
     *
     * @param path the path
     */
    record Opaque(StorePath path) implements SingleDerivedPath {}

    /**
     * An output of a derivation.
     *
     * @param drvPath the derivation
     * @param output the output's name
     */
    record Built(SingleDerivedPath drvPath, String output) implements SingleDerivedPath {
        /** @throws FormatException if the name cannot be an output's, or derivations nest too deep */
        public Built {
            OutputsSpec.checkOutputName(output);
            if (drvPath.depth() >= MAX_DEPTH) {
                throw new FormatException("derived path nests deeper than " + MAX_DEPTH);
            }
        }
    }

    /** A store path as it is. */
    static SingleDerivedPath of(StorePath path) {
        return new Opaque(path);
    }

    /**
     * Reads full paths with {@code ^} before each output.
     *
     * @throws FormatException otherwise
     */
    static SingleDerivedPath parse(StoreDir storeDir, String text) {
        return parse(storeDir, text, '^');
    }

    /**
     * As {@link #parse}, with {@code !} for {@code ^}, as the worker protocol has it.
     *
     * @throws FormatException otherwise
     */
    static SingleDerivedPath parseLegacy(StoreDir storeDir, String text) {
        return parse(storeDir, text, '!');
    }

    private static SingleDerivedPath parse(StoreDir storeDir, String text, char separator) {
        int at = text.indexOf(separator);
        SingleDerivedPath path = new Opaque(storeDir.parse(at < 0 ? text : text.substring(0, at)));
        while (at >= 0) {
            int next = text.indexOf(separator, at + 1);
            path = new Built(path, text.substring(at + 1, next < 0 ? text.length() : next));
            at = next;
        }
        return path;
    }

    /** The store path at the beginning. */
    default StorePath base() {
        return switch (this) {
            case Opaque(StorePath path) -> path;
            case Built(SingleDerivedPath drvPath, String _) -> drvPath.base();
        };
    }

    /** How many outputs follow the store path. */
    default int depth() {
        return switch (this) {
            case Opaque _ -> 0;
            case Built(SingleDerivedPath drvPath, String _) -> drvPath.depth() + 1;
        };
    }

    /** The text with {@code ^}. */
    default String print(StoreDir storeDir) {
        return print(storeDir, '^');
    }

    /** The text with {@code !}. */
    default String printLegacy(StoreDir storeDir) {
        return print(storeDir, '!');
    }

    private String print(StoreDir storeDir, char separator) {
        return switch (this) {
            case Opaque(StorePath path) -> storeDir.print(path);
            case Built(SingleDerivedPath drvPath, String output) ->
                drvPath.print(storeDir, separator) + separator + output;
        };
    }

    @Override
    default int compareTo(SingleDerivedPath other) {
        return switch (this) {
            case Opaque(StorePath path) -> other instanceof Opaque(StorePath that) ? path.compareTo(that) : -1;
            case Built(SingleDerivedPath drvPath, String output) -> {
                if (!(other instanceof Built(SingleDerivedPath thatPath, String thatOutput))) {
                    yield 1;
                }
                int byPath = drvPath.compareTo(thatPath);
                yield byPath != 0 ? byPath : output.compareTo(thatOutput);
            }
        };
    }
}
