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

    /**
     * The three texts that stand for an output in a derivation's file and on the wire (libstore/derivations.cc).
     *
     * @param path in full, or empty where it is not known
     * @param method how content is turned into bytes, and the algorithm, such as {@code r:sha256}; else empty
     * @param hash in base 16, {@code impure}, or empty
     */
    record Fields(String path, String method, String hash) {}

    /**
     * Reads the three texts.
     *
     * @throws FormatException if they do not go together, or the path is not that of the promised content
     */
    static DerivationOutput parse(StoreDir storeDir, String derivationName, String outputName, Fields fields) {
        OutputsSpec.checkOutputName(outputName);
        String path = fields.path();
        String hash = fields.hash();
        if (fields.method().isEmpty()) {
            if (!hash.isEmpty()) {
                throw new FormatException("output '" + outputName + "' has a hash without an algorithm");
            }
            return path.isEmpty() ? new Deferred() : new InputAddressed(storeDir.parse(path));
        }
        ContentAddressMethod method = method(fields.method());
        HashAlgorithm algorithm =
                HashAlgorithm.parse(fields.method().substring(method.prefix().length()));
        if (hash.isEmpty() || hash.equals("impure")) {
            if (!path.isEmpty()) {
                throw new FormatException("output '" + outputName + "' has a path, but its content is not known");
            }
            return hash.isEmpty() ? new Floating(method, algorithm) : new Impure(method, algorithm);
        }
        if (hash.indexOf(':') >= 0 || hash.indexOf('-') >= 0) {
            throw new FormatException("hash " + FormatException.quote(hash) + " names its type a second time");
        }
        Fixed fixed = new Fixed(new ContentAddress(method, Hash.parse(hash, algorithm)));
        StorePath stated = storeDir.parse(path);
        if (!fixed.path(storeDir, derivationName, outputName).equals(Optional.of(stated))) {
            throw new FormatException("output '" + outputName + "' has path " + FormatException.quote(path)
                    + ", which does not match its content address");
        }
        return fixed;
    }

    private static ContentAddressMethod method(String methodAlgorithm) {
        for (ContentAddressMethod method : ContentAddressMethod.values()) {
            if (!method.prefix().isEmpty() && methodAlgorithm.startsWith(method.prefix())) {
                return method;
            }
        }
        return ContentAddressMethod.FLAT;
    }

    /** The three texts. */
    default Fields fields(StoreDir storeDir, String derivationName, String outputName) {
        String path =
                path(storeDir, derivationName, outputName).map(storeDir::print).orElse("");
        return switch (this) {
            case InputAddressed _, Deferred _ -> new Fields(path, "", "");
            case Fixed(ContentAddress ca) ->
                new Fields(
                        path,
                        ca.method().prefix() + ca.hash().algorithm().text(),
                        ca.hash().toBase16());
            case Floating(ContentAddressMethod method, HashAlgorithm algorithm) ->
                new Fields(path, method.prefix() + algorithm.text(), "");
            case Impure(ContentAddressMethod method, HashAlgorithm algorithm) ->
                new Fields(path, method.prefix() + algorithm.text(), "impure");
        };
    }
}
