package dev.berth.wire;

import dev.berth.nix.StorePath;
import java.util.Optional;
import java.util.Set;

/**
 * What substituters say of a path.
 *
 * @param deriver the derivation that made it
 * @param references what it refers to
 * @param downloadSize compressed bytes, 0 if unknown
 * @param narSize bytes unpacked, 0 if unknown
 */
public record SubstitutablePathInfo(
        Optional<StorePath> deriver, Set<StorePath> references, long downloadSize, long narSize) {
    /** Copies the set. */
    public SubstitutablePathInfo {
        references = Set.copyOf(references);
    }
}
