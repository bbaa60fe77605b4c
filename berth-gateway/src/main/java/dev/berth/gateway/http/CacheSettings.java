package dev.berth.gateway.http;

import dev.berth.nix.PublicKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How a store is served as a binary cache.
 *
 * @param priority what {@code nix-cache-info} says: clients ask caches of lower numbers first
 * @param wantMassQuery what {@code nix-cache-info} says: whether clients may ask for many paths that they do not need yet
 * @param signKeys files of secret keys, each {@code NAME:BASE64} as {@code nix-store --generate-binary-cache-key} writes them;
 *     every narinfo is signed by all of them when it is served
 * @param readTokens the file of who may read; empty if everybody may
 * @param uploadTokens the file of who may upload; empty if nobody may
 * @param uploads which uploads are taken from those who may
 * @param trustedKeys whose signatures let an upload in
 * @param compression whether NARs are compressed for clients that accept it
 * @param limits of what is uploaded
 */
public record CacheSettings(
        int priority,
        boolean wantMassQuery,
        List<Path> signKeys,
        Optional<Path> readTokens,
        Optional<Path> uploadTokens,
        Uploads uploads,
        Set<PublicKey> trustedKeys,
        boolean compression,
        UploadLimits limits) {
    /** Before cache.nixos.org, which has 40. */
    public static final int PRIORITY = 30;

    /** Reading for everybody, uploads by nobody, no signatures but those that the store has. */
    public static final CacheSettings DEFAULT = new CacheSettings(
            PRIORITY,
            true,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Uploads.SIGNED,
            Set.of(),
            true,
            UploadLimits.DEFAULT);

    /** Copies the collections. */
    public CacheSettings {
        signKeys = List.copyOf(signKeys);
        trustedKeys = Set.copyOf(trustedKeys);
        if (priority < 0) {
            throw new IllegalArgumentException("a priority is not below 0: " + priority);
        }
    }

    /** With keys to sign by, and files of tokens where they are given. */
    public CacheSettings with(List<Path> signers, Optional<Path> readers, Optional<Path> writers) {
        return new CacheSettings(
                priority,
                wantMassQuery,
                signers,
                readers.or(() -> readTokens),
                writers.or(() -> uploadTokens),
                uploads,
                trustedKeys,
                compression,
                limits);
    }

    /** Where uploads need the signature of one of these keys. */
    public CacheSettings trusting(Set<PublicKey> keys) {
        return new CacheSettings(
                priority, wantMassQuery, signKeys, readTokens, uploadTokens, uploads, keys, compression, limits);
    }

    /** Which uploads are taken from those who may upload. Their content must match its NAR hash in any case. */
    public enum Uploads {
        /** Content-addressed paths, and those signed by a trusted key. */
        SIGNED,
        /** All: the right to upload is trust enough, and the cache's own signature says so to its clients. */
        ALL;

        /** @throws IllegalArgumentException unless it is {@code signed} or {@code all} */
        public static Uploads parse(String word) {
            return switch (word) {
                case "signed" -> SIGNED;
                case "all" -> ALL;
                default -> throw new IllegalArgumentException("neither signed nor all: '" + word + "'");
            };
        }
    }
}
