package dev.berth.nix;

import java.util.List;
import java.util.Optional;

/** How the path of a derivation's output comes about (libstore/derivation/output.hh). */
public sealed interface DerivationOutput {
    /**
     * The path is computed from the derivation.
     *
     * @param path the path
     */
    record InputAddressed(StorePath path) implements DerivationOutput {}

    /**
     * The path is computed from a content that the derivation promises.
     *
     * @param ca the content's address
     */
    record Fixed(ContentAddress ca) implements DerivationOutput {}

    /**
     * The path is computed from the content once that is built.
     *
     * @param method how the content is turned into bytes
     * @param algorithm how those are hashed
     */
    record Floating(ContentAddressMethod method, HashAlgorithm algorithm) implements DerivationOutput {}

    /** Input-addressed, but an input's path is not known before that is built. */
    record Deferred() implements DerivationOutput {}

    /**
     * As {@link Floating}, but each build may give another content, with the network and all.
     *
     * @param method how the content is turned into bytes
     * @param algorithm how those are hashed
     */
    record Impure(ContentAddressMethod method, HashAlgorithm algorithm) implements DerivationOutput {}

    /**
     * The output's path, if it is known before the build.
     *
     * @param derivationName the derivation's name, without {@code .drv}
     */
    default Optional<StorePath> path(StoreDir storeDir, String derivationName, String outputName) {
        return switch (this) {
            case InputAddressed(StorePath path) -> Optional.of(path);
            case Fixed(ContentAddress ca) -> Optional.of(fixedPath(storeDir, derivationName, outputName, ca));
            case Floating _, Deferred _, Impure _ -> Optional.empty();
        };
    }

    private static StorePath fixedPath(StoreDir storeDir, String name, String outputName, ContentAddress ca) {
        return StorePaths.ofContentAddress(storeDir, StorePaths.outputPathName(name, outputName), ca, List.of(), false);
    }
}
