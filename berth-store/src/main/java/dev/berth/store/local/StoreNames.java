package dev.berth.store.local;

import dev.berth.nix.FormatException;
import dev.berth.nix.StorePath;
import java.util.Optional;

/** Names that may or may not be those of store paths. */
final class StoreNames {
    private StoreNames() {}

    /** The store path of that base name; empty if it is none. */
    static Optional<StorePath> parse(String baseName) {
        try {
            return Optional.of(new StorePath(baseName));
        } catch (FormatException e) {
            return Optional.empty();
        }
    }
}
