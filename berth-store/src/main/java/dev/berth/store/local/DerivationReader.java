package dev.berth.store.local;

import dev.berth.nix.StorePath;
import java.util.Map;

/** Reads what a derivation in the store says of its outputs. */
@FunctionalInterface
interface DerivationReader {
    /** Its outputs by name, as far as their paths are known without building. */
    Map<String, StorePath> outputs(StorePath derivation);
}
