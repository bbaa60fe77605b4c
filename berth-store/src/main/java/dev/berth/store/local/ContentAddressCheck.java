package dev.berth.store.local;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.ModuloHasher;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.StoreException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Computes the content address of a tree that passes, by the method of the one that it claims. */
final class ContentAddressCheck {
    private final NarSink sink;
    private final ContentAddressMethod method;
    private final Supplier<Set<Hash>> hashes;

    private ContentAddressCheck(NarSink sink, ContentAddressMethod method, Supplier<Set<Hash>> hashes) {
        this.sink = sink;
        this.method = method;
        this.hashes = hashes;
    }

    /** Where to tell the tree. */
    NarSink sink() {
        return sink;
    }

    /**
     * Compares what the tree has, once it is complete; to be asked once.
     *
     * @return an address that the tree has; the claimed one if it has that
     */
    ContentAddress found(ContentAddress claim) {
        Set<Hash> found = hashes.get();
        return found.contains(claim.hash())
                ? claim
                : new ContentAddress(method, found.iterator().next());
    }

    /**
     * The check of a path's own claim.
     *
     * @throws StoreException of kind {@code REFUSED} if the method cannot be computed here
     */
    static ContentAddressCheck of(PathInfo info, ContentAddress claim) {
        ContentAddressMethod method = claim.method();
        HashAlgorithm algorithm = claim.hash().algorithm();
        if (method == ContentAddressMethod.GIT || algorithm == HashAlgorithm.BLAKE3) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "cannot check the content address '" + claim + "' of '" + info.path()
                            + "': Git hashes and blake3 are not supported");
        }
        return switch (method) {
            case TEXT, FLAT -> {
                FileHasher hasher = new FileHasher(algorithm);
                yield new ContentAddressCheck(hasher, method, () -> Set.of(hasher.hash()));
            }
            case NAR, GIT -> {
                if (info.references().contains(info.path())) {
                    ModuloHasher hasher =
                            new ModuloHasher(algorithm, info.path().hashPart());
                    yield new ContentAddressCheck(new NarWriter(hasher), method, () -> either(hasher.hashes()));
                }
                NarHasher hasher = new NarHasher(algorithm);
                yield new ContentAddressCheck(hasher, method, () -> Set.of(hasher.hash()));
            }
        };
    }

    private static Set<Hash> either(ModuloHasher.Hashes hashes) {
        return new LinkedHashSet<>(List.of(hashes.withPositions(), hashes.withoutPositions()));
    }

    /** Whether the NAR hash alone decides it. */
    static boolean isNarHash(PathInfo info, ContentAddress claim) {
        return claim.method() == ContentAddressMethod.NAR
                && claim.hash().algorithm() == HashAlgorithm.SHA256
                && !info.references().contains(info.path());
    }

    /** The address that such a NAR hash gives. */
    static ContentAddress ofNarHash(Hash narHash) {
        return new ContentAddress(ContentAddressMethod.NAR, narHash);
    }
}
