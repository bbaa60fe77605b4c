package dev.berth.store.local;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.GitHasher;
import dev.berth.nix.nar.ModuloHasher;
import dev.berth.nix.nar.NarSink;
import dev.berth.nix.nar.NarWriter;
import dev.berth.store.StoreException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
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
        if (algorithm == HashAlgorithm.BLAKE3 || (method == ContentAddressMethod.GIT && !GitHasher.knows(algorithm))) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "cannot check the content address '" + claim + "' of '" + info.path() + "': hashing as "
                            + method.name().toLowerCase(Locale.ROOT) + " by " + algorithm.text() + " is not supported");
        }
        if (method == ContentAddressMethod.NAR && info.references().contains(info.path())) {
            ModuloHasher hasher = new ModuloHasher(algorithm, info.path().hashPart());
            return new ContentAddressCheck(new NarWriter(hasher), method, () -> either(hasher.hashes()));
        }
        ContentHasher hasher = ContentHasher.of(method, algorithm);
        return new ContentAddressCheck(
                hasher.sink(), method, () -> Set.of(hasher.hash().get()));
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
