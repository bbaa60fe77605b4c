package dev.berth.store.usage;

/**
 * What belongs together in a local store beside references, as Nix's settings say it.
 *
 * @param outputs whether a derivation that stays keeps its outputs ({@code keep-outputs})
 * @param derivations whether an output that stays keeps the derivation that it was built by ({@code keep-derivations})
 */
public record Keeping(boolean outputs, boolean derivations) {
    /** As Nix has it where nothing is set. */
    public static final Keeping DEFAULT = new Keeping(false, true);
}
