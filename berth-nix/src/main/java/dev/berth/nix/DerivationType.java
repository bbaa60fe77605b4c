package dev.berth.nix;

/** What all outputs of a derivation have in common (libstore/derivations.cc, {@code type}). */
public enum DerivationType {
    /** The output paths are computed from the derivation. */
    INPUT_ADDRESSED,
    /** As input-addressed, once the content-addressed inputs are built and put into the derivation. */
    DEFERRED,
    /** One output, of promised content; its build may use the network. */
    FIXED,
    /** Content-addressed after the build. */
    FLOATING,
    /** Content-addressed, another one with each build. */
    IMPURE;

    /** Whether every output path is known before the build. */
    public boolean hasKnownOutputPaths() {
        return this == INPUT_ADDRESSED || this == FIXED;
    }
}
