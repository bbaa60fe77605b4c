package dev.berth.nix;

/** The outputs that a command line names behind an installable: {@code ^*}, {@code ^bin,dev}, or nothing for a default. */
public sealed interface ExtendedOutputsSpec {
    /** No outputs are named: the installable says which. */
    record Default() implements ExtendedOutputsSpec {}

    /**
     * These outputs.
     *
     * @param outputs which
     */
    record Explicit(OutputsSpec outputs) implements ExtendedOutputsSpec {}

    /**
     * What stands before the outputs, and these.
     *
     * @param prefix such as a path or an attribute, not checked
     * @param outputs the outputs
     */
    record Split(String prefix, ExtendedOutputsSpec outputs) {}

    /**
     * Splits a text at its last {@code ^}.
     *
     * @throws FormatException if what follows it names no outputs
     */
    static Split parse(String text) {
        int caret = text.lastIndexOf('^');
        return caret < 0
                ? new Split(text, new Default())
                : new Split(text.substring(0, caret), new Explicit(OutputsSpec.parse(text.substring(caret + 1))));
    }

    /** The text, with {@code ^} in front if outputs are named. */
    default String print() {
        return switch (this) {
            case Default _ -> "";
            case Explicit(OutputsSpec outputs) -> "^" + outputs.print();
        };
    }
}
