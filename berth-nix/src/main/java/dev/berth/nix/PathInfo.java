package dev.berth.nix;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a store knows of a valid path (libstore/path-info.hh, {@code ValidPathInfo}). Immutable.
 *
 * @param path the store path
 * @param narHash the SHA-256 of its NAR
 * @param narSize the size of its NAR in bytes, at least 0
 * @param references the paths that its content names, itself among them if it does; sorted
 * @param deriver the derivation that made it, if known
 * @param registrationTime when this store got it, to the second; the epoch where that is not known
 * @param ultimate whether this store built it itself and so trusts it
 * @param signatures sorted by their text
 * @param ca what it was made from, if it is content-addressed
 */
public record PathInfo(
        StorePath path,
        Hash narHash,
        long narSize,
        NavigableSet<StorePath> references,
        Optional<StorePath> deriver,
        Instant registrationTime,
        boolean ultimate,
        NavigableSet<Signature> signatures,
        Optional<ContentAddress> ca) {

    /** Copies the sets. @throws FormatException if the hash is not SHA-256 or the size negative */
    public PathInfo {
        if (narHash.algorithm() != HashAlgorithm.SHA256) {
            throw new FormatException("NAR hash of '" + path + "' is not sha256");
        }
        if (narSize < 0) {
            throw new FormatException("NAR size of '" + path + "' is negative");
        }
        references = Collections.unmodifiableNavigableSet(new TreeSet<>(references));
        signatures = Collections.unmodifiableNavigableSet(new TreeSet<>(signatures));
    }

    /** A path info with nothing but the path, its NAR and its references. */
    public static PathInfo of(StorePath path, Hash narHash, long narSize, Collection<StorePath> references) {
        return new PathInfo(
                path,
                narHash,
                narSize,
                new TreeSet<>(references),
                Optional.empty(),
                Instant.EPOCH,
                false,
                Collections.emptyNavigableSet(),
                Optional.empty());
    }

    /**
     * What a signature signs: {@code 1;<path>;<NAR hash>;<NAR size>;<references, comma between>}, full paths
     * (libstore/path-info.cc, {@code fingerprint}).
     */
    public String fingerprint(StoreDir storeDir) {
        return "1;" + storeDir.print(path) + ";" + narHash.toNix32() + ";" + narSize + ";"
                + references.stream().map(storeDir::print).collect(Collectors.joining(","));
    }

    /** This path info with a signature by the key added, if it is not there yet. */
    public PathInfo signed(StoreDir storeDir, SecretKey key) {
        return withSignatures(List.of(key.sign(fingerprint(storeDir))));
    }

    /** This path info with signatures added. */
    public PathInfo withSignatures(Collection<Signature> more) {
        TreeSet<Signature> all = new TreeSet<>(signatures);
        all.addAll(more);
        return new PathInfo(path, narHash, narSize, references, deriver, registrationTime, ultimate, all, ca);
    }

    /** This path info with other signatures. */
    public PathInfo replacingSignatures(SortedSet<Signature> others) {
        return new PathInfo(
                path, narHash, narSize, references, deriver, registrationTime, ultimate, new TreeSet<>(others), ca);
    }

    /** This path info as registered at a time, to the second. */
    public PathInfo registeredAt(Instant time) {
        return new PathInfo(
                path,
                narHash,
                narSize,
                references,
                deriver,
                Instant.ofEpochSecond(time.getEpochSecond()),
                ultimate,
                signatures,
                ca);
    }

    /** This path info, trusted as built by its store or not. */
    public PathInfo withUltimate(boolean trusted) {
        return new PathInfo(path, narHash, narSize, references, deriver, registrationTime, trusted, signatures, ca);
    }

    /** This path info with a deriver or none. */
    public PathInfo withDeriver(Optional<StorePath> derivation) {
        return new PathInfo(path, narHash, narSize, references, derivation, registrationTime, ultimate, signatures, ca);
    }

    /** This path info with a content address or none. */
    public PathInfo withCa(Optional<ContentAddress> address) {
        return new PathInfo(
                path, narHash, narSize, references, deriver, registrationTime, ultimate, signatures, address);
    }

    /** Those of the keys by which this path info carries a valid signature. */
    public List<PublicKey> signers(StoreDir storeDir, Collection<PublicKey> keys) {
        String fingerprint = fingerprint(storeDir);
        List<PublicKey> good = new ArrayList<>();
        for (PublicKey key : keys) {
            if (signatures.stream().anyMatch(signature -> key.verify(fingerprint, signature))) {
                good.add(key);
            }
        }
        return good;
    }

    /**
     * Whether the path is what its own content address says, so that no signature is needed
     * (libstore/path-info.cc, {@code isContentAddressed}).
     */
    public boolean isContentAddressed(StoreDir storeDir) {
        try {
            return ca.map(address -> StorePaths.ofContentAddress(storeDir, path.name(), address, references, path))
                    .equals(Optional.of(path));
        } catch (FormatException e) {
            // No path has such references together with such a content address.
            return false;
        }
    }

    /** Whether it is content-addressed or carries a valid signature by one of the keys. */
    public boolean isTrustedBy(StoreDir storeDir, Collection<PublicKey> keys) {
        return isContentAddressed(storeDir) || !signers(storeDir, keys).isEmpty();
    }
}
