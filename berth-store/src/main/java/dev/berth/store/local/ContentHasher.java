package dev.berth.store.local;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.FormatException;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.nar.GitHasher;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSink;
import java.util.function.Supplier;

/**
 * The hash of a content address of a tree without references to itself.
 *
 * @param sink where to tell the tree
 * @param hash the hash once the tree is complete; to be asked once
 */
record ContentHasher(NarSink sink, Supplier<Hash> hash) {
    /**
     * A new one.
     *
     * @throws FormatException if Git does not hash so
     * @throws UnsupportedOperationException for BLAKE3
     */
    static ContentHasher of(ContentAddressMethod method, HashAlgorithm algorithm) {
        return switch (method) {
            case NAR -> {
                NarHasher hasher = new NarHasher(algorithm);
                yield new ContentHasher(hasher, hasher::hash);
            }
            case FLAT, TEXT -> {
                FileHasher hasher = new FileHasher(algorithm);
                yield new ContentHasher(hasher, hasher::hash);
            }
            case GIT -> {
                if (!GitHasher.knows(algorithm)) {
                    throw new FormatException("Git file ingestion must use SHA-1 or SHA-256 hash");
                }
                GitHasher hasher = new GitHasher(algorithm);
                yield new ContentHasher(hasher, hasher::hash);
            }
        };
    }
}
