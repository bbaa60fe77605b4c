package dev.berth.nix;

/**
 * What a realisation is of: an output of a derivation. Nix until 2.34 names the derivation by its hash modulo, later
 * releases by its path (libstore/realisation.cc).
 */
public sealed interface DrvOutput extends Comparable<DrvOutput> {
    /**
     * {@code sha256:<base-16>!<output>}, until Nix 2.34.
     *
     * @param drvHash the hash modulo of the derivation, see {@link DerivationPaths#modulo}
     * @param outputName the output
     */
    record ByHash(Hash drvHash, String outputName) implements DrvOutput {
        /** @throws FormatException if the name cannot be an output's */
        public ByHash {
            OutputsSpec.checkOutputName(outputName);
        }

        /** The text, which is also the name of its file in a cache without {@code .doi}. */
        public String print() {
            return drvHash.format(HashFormat.BASE16, true) + "!" + outputName;
        }
    }

    /**
     * {@code <path of the derivation>^<output>}, from Nix 2.35 on.
     *
     * @param drvPath the derivation
     * @param outputName the output
     */
    record ByPath(StorePath drvPath, String outputName) implements DrvOutput {
        /** @throws FormatException if the name cannot be an output's */
        public ByPath {
            OutputsSpec.checkOutputName(outputName);
        }
    }

    /** The output's name. */
    String outputName();

    /**
     * Reads either form.
     *
     * @throws FormatException otherwise
     */
    static DrvOutput parse(StoreDir storeDir, String text) {
        int caret = text.lastIndexOf('^');
        return caret < 0
                ? parseByHash(text)
                : new ByPath(storeDir.parse(text.substring(0, caret)), text.substring(caret + 1));
    }

    /**
     * Reads {@code sha256:<hash>!<output>}.
     *
     * @throws FormatException otherwise
     */
    static ByHash parseByHash(String text) {
        int mark = text.indexOf('!');
        if (mark < 0) {
            throw new FormatException("derivation output " + FormatException.quote(text) + " has neither '!' nor '^'");
        }
        return new ByHash(Hash.parse(text.substring(0, mark)), text.substring(mark + 1));
    }

    /** The text. */
    default String print(StoreDir storeDir) {
        return switch (this) {
            case ByHash byHash -> byHash.print();
            case ByPath(StorePath drvPath, String outputName) -> storeDir.print(drvPath) + "^" + outputName;
        };
    }

    @Override
    default int compareTo(DrvOutput other) {
        return switch (this) {
            case ByHash byHash -> other instanceof ByHash that ? byHash.print().compareTo(that.print()) : -1;
            case ByPath(StorePath drvPath, String outputName) -> {
                if (!(other instanceof ByPath(StorePath thatPath, String thatName))) {
                    yield 1;
                }
                int byPath = drvPath.compareTo(thatPath);
                yield byPath != 0 ? byPath : outputName.compareTo(thatName);
            }
        };
    }
}
