package dev.berth.wire;

import dev.berth.nix.StorePath;
import java.util.Set;

/**
 * What it would take to make something valid.
 *
 * @param willBuild derivations that would be built
 * @param willSubstitute paths that would be fetched
 * @param unknown paths that nobody knows how to make
 * @param downloadSize compressed bytes to fetch, as far as known
 * @param narSize bytes of what would be fetched, unpacked
 */
public record Missing(
        Set<StorePath> willBuild,
        Set<StorePath> willSubstitute,
        Set<StorePath> unknown,
        long downloadSize,
        long narSize) {
    /** Copies the sets. */
    public Missing {
        willBuild = Set.copyOf(willBuild);
        willSubstitute = Set.copyOf(willSubstitute);
        unknown = Set.copyOf(unknown);
    }
}
