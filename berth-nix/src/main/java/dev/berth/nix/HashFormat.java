package dev.berth.nix;

/** The textual forms of a hash (libutil/hash.hh, {@code HashFormat}). */
public enum HashFormat {
    /** Lower-case hexadecimal. */
    BASE16,
    /** {@link NixBase32}. */
    NIX32,
    /** Base-64 with padding. */
    BASE64,
    /** Subresource integrity: {@code sha256-} and base-64; it always names its algorithm. */
    SRI
}
