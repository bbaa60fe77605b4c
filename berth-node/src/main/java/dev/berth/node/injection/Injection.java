package dev.berth.node.injection;

import dev.berth.nix.StorePath;
import java.util.List;

/**
 * What one container gets.
 *
 * @param packages the store paths whose closure it sees at {@code /nix}, the primary one first; at least one
 * @param writable whether it may write to its {@code /nix}
 * @param mounts what it sees of the closure elsewhere, each target once, in the order to be mounted
 */
public record Injection(List<StorePath> packages, boolean writable, List<StoreMount> mounts) {
    /** Copies the lists. */
    public Injection {
        packages = List.copyOf(packages);
        mounts = mounts.stream().sorted().toList();
        if (packages.isEmpty()) {
            throw new IllegalArgumentException("an injection has at least one store path");
        }
    }
}
